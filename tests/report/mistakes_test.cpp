#include "report/mistakes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "report/html.h"
#include "tests/report/report_run.h"
#include "tests/support/markup.h"

namespace melomine::report {
namespace {

using melomine::testing::count;
using melomine::testing::markup_problem;
using melomine::testing::ReportRun;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Queries q0, q1, … with these margins; negative ones are answered rightly.
evaluation::SystemRecord system_of(const std::vector<double>& margins) {
  evaluation::SystemRecord system;
  for (const double margin : margins) {
    evaluation::QueryRecord query;
    query.query = "q" + std::to_string(system.queries.size());
    query.rank = margin < 0 ? 1 : 2;
    query.score = 0.5;
    query.top1_score = 0.5 + margin;
    system.queries.push_back(query);
  }
  return system;
}

std::vector<std::string> chosen(const std::vector<double>& margins, size_t count) {
  const auto system = system_of(margins);
  std::vector<std::string> ids;
  for (const Mistake& mistake : mistakes_to_hear(system, count))
    ids.push_back(mistake.query->query + (mistake.is_narrow ? " narrow" : " wide"));
  return ids;
}

TEST(Mistakes, NarrowestAndWidestStandInTurn) {
  const std::vector<double> margins = {0.3, -1, 0.1, 0.5, 0.2, 0.4};
  EXPECT_THAT(chosen(margins, 4), ElementsAre("q2 narrow", "q3 wide", "q4 narrow", "q5 wide"));
  EXPECT_THAT(chosen(margins, 1), ElementsAre("q2 narrow"));
  EXPECT_THAT(chosen(margins, 99),
              ElementsAre("q2 narrow", "q3 wide", "q4 narrow", "q5 wide", "q0 narrow"));  // each once
  EXPECT_THAT(chosen({-1, -1}, 4), ElementsAre());
  EXPECT_THAT(chosen({0.1, INFINITY, NAN}, 2), ElementsAre("q0 narrow", "q2 wide"))
      << "nothing right was found";
}

/// A run whose model of round 1 answers the last of four queries wrongly; all ids are recordings of its
/// shards.
class MistakenRun : public ReportRun {
 public:
  explicit MistakenRun(const melomine::testing::RunNames& names = {}) : ReportRun(names) {
    for (const char* round : {"round_00", "round_01"}) {
      const std::string name = std::string(round) + "/evaluate/set/report.json";
      auto json = nlohmann::ordered_json::parse(read(name));
      for (auto& system : json["systems"]) {
        auto& query = system["queries"].back();
        query["query"] = cover(1);
        query["targets"] = {cover(2), original()};
        query["best_target"] = original();
        query["score"] = 0.25;
        query["start_s"] = 30.0;
        query["top1"] = cover(2);
        query["top1_score"] = 0.75;
        query["top1_start_s"] = 12.5;
      }
      write(name, json.dump());
    }
  }
  /// Says what the set asks. @param asks  the keys of the set
  void ask(const std::string& asks) const {
    write("experiment.yaml", "name: two rounds\ndata: {shards: " + (folder() / "shards").string() +
                                 "}\nevaluate: {sets: [{name: held_out" + asks + "}]}\n");
  }
  std::string page(const ReportInputs& inputs = {.audio_groups = 0}) const {
    std::string page = read_file(write_run_report(path(), inputs));
    EXPECT_EQ(markup_problem(page), "");
    return page;
  }
};

TEST(Mistakes, AreHeardFromTheShards) {
  const MistakenRun run;
  run.ask("");
  const std::string page = run.page();
  EXPECT_THAT(page, HasSubstr("held_out <small>1 of 4 queries had something wrong first, by M₁</small>"));
  EXPECT_THAT(page, HasSubstr("beaten narrowly, margin 0.500"));
  EXPECT_THAT(page, HasSubstr("<strong>came first</strong> tune_cover02, score 0.750"));
  EXPECT_THAT(page, HasSubstr("<strong>right</strong> tune_original, rank 2, score 0.250"));
  EXPECT_EQ(count(page, "<audio"), 3u);
  EXPECT_THAT(page, HasSubstr("aria-label='tune_cover02, from 12.5 s'"));
  EXPECT_THAT(page, HasSubstr("aria-label='tune_original, from 30.0 s'"));
  const std::string none = run.page({.audio_groups = 0, .mistakes = 0});
  EXPECT_EQ(count(none, "<audio"), 0u);
  EXPECT_EQ(count(none, "<article"), 0u);
}

TEST(Mistakes, WithoutAudioThePageSaysSo) {
  const MistakenRun run;
  EXPECT_THAT(run.page(),
              HasSubstr("Without audio: experiment.yaml does not say what &#39;held_out&#39; asks."));
  run.ask("");
  std::filesystem::remove_all(run.folder() / "shards");
  const std::string page = run.page();
  EXPECT_THAT(page, HasSubstr("<p class='note'>Without audio: "));
  EXPECT_THAT(page, HasSubstr("<strong>came first</strong> tune_cover02, score 0.750"));
  EXPECT_EQ(count(page, "<audio"), 0u);
}

TEST(Mistakes, OfTablesAreHeardFromTheirFiles) {
  const MistakenRun run;
  const std::filesystem::path folder = run.folder();
  melomine::testing::write_wav(folder / "hum.wav", melomine::testing::sine(220, 3, 0.3), 16000);
  melomine::testing::write_wav(folder / "right.wav", melomine::testing::sine(220, 40, 0.3), 16000);
  write_file_atomically(folder / "queries.csv", "query,reference_id\nhum.wav,right\n");
  write_file_atomically(folder / "references.csv",
                        "reference_id,path\nright,right.wav\nwrong,is_not_there.wav\n");
  const std::string name = "round_01/evaluate/set/report.json";
  auto json = nlohmann::ordered_json::parse(run.read(name));
  auto& query = json["systems"].back()["queries"].back();
  query["query"] = "hum.wav";
  query["targets"] = {"right"};
  query["best_target"] = "";
  query["top1"] = "wrong";
  run.write(name, json.dump());
  run.ask(", queries: " + (folder / "queries.csv").string() + ", references: [" +
          (folder / "references.csv").string() + "]");
  const std::string page = run.page();
  EXPECT_EQ(count(page, "<audio"), 2u);
  EXPECT_THAT(page, HasSubstr("is_not_there.wav"));  // why one of three cannot be heard
  EXPECT_THAT(page, HasSubstr("aria-label='right, from 30.0 s'"));
}

TEST(Mistakes, QueriesGainedAndLostLinkToWhereTheyAreHeard) {
  const MistakenRun run;
  run.ask("");
  const std::string page = run.page();  // ranks 1, 2, 4, 4, then 1, 1, 1, 2
  EXPECT_THAT(page, HasSubstr("held_out: M₁ ranks 3 of 4 queries better than M₀, 0 worse"));
  const std::string link = mistake_anchor(0, run.cover(1));
  EXPECT_THAT(page,
              HasSubstr("<a href='#" + link + "'>tune_cover01</a><small>song1</small></th><td>4</td><td>2"));
  EXPECT_EQ(count(page, "<article id='" + link + "'>"), 1u);
  EXPECT_THAT(page, HasSubstr("<th scope='row'>hum2<small>song1</small></th><td>4</td><td>1</td>"));
  EXPECT_THAT(page, Not(HasSubstr("<th scope='row'>hum0<small>")));
}

TEST(Mistakes, HostileNamesAreText) {
  const std::string evil = "\"'><script>alert(1)</script>&";
  const MistakenRun run({.song = evil, .set = "held_out"});
  run.ask("");
  const std::string page = run.page();
  EXPECT_EQ(count(page, "<script"), 0u);
  EXPECT_THAT(page, HasSubstr("<strong>came first</strong> " + escape_html(evil) + "_cover02"));
  EXPECT_EQ(count(page, "<audio"), 3u);
}

}  // namespace
}  // namespace melomine::report
