#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/atomic_file.h"
#include "experiments/leaks.h"
#include "report/report.h"
#include "report/result.h"
#include "report/times.h"
#include "tests/report/report_run.h"
#include "tests/support/markup.h"

namespace melomine::report {
namespace {

using melomine::testing::markup_problem;
using melomine::testing::ReportRun;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

/// The page down to its sections.
std::string head_of(const ReportRun& run) {
  const std::string page = read_file(write_run_report(run.path(), {.audio_groups = 0}));
  EXPECT_EQ(markup_problem(page), "");
  return page.substr(0, page.find("</header>"));
}

nlohmann::json figures_of(const ReportRun& run) {
  write_run_report(run.path(), {.audio_groups = 0});
  return nlohmann::json::parse(run.read("figures.json"));
}

TEST(ReportHead, TellsTheResultInFigures) {
  const ReportRun run;
  const std::string head = head_of(run);
  // MRR of ranks 1, 1, 1, 2 beside 2, 2, 2, 2: 0.875 and 0.5; by songs [1, 1] and [1, 2].
  EXPECT_THAT(head,
              ContainsRegex("<dt>MRR, held_out</dt><dd>0.875<small>by M₁</small><small>queries 0[.0-9]+ to "
                            "1[.0-9]+</small><small>songs 0.75 to 1.00</small>"));
  EXPECT_THAT(head,
              ContainsRegex("<dt>beyond the baseline</dt><dd>.0.375<small>MRR, baseline has 0.500</small>"
                            "<small>queries [^<]+</small><small>songs .0.25 to .0.50</small>"));
  EXPECT_THAT(head, HasSubstr("<dt>right at once</dt><dd>75.0 %<small>of 4 queries, 4 candidates"));
  EXPECT_THAT(head, HasSubstr("<dt>relevant pairs</dt><dd>2<small>mined by M₀</small>"));
  EXPECT_THAT(head, HasSubstr("<small>50.0 % right</small>"));
  EXPECT_THAT(head, HasSubstr("<dt>time</dt><dd>2 min 20 s<small>train 2 min 02 s, evaluate 18 s</small>"));
}

TEST(ReportHead, TheBestSystemOfSeveralIsNamedWithWhatItHasBeyondTheBaseline) {
  const ReportRun run;
  const std::string name = "round_01/evaluate/set/report.json";
  auto json = nlohmann::ordered_json::parse(run.read(name));
  auto fused = json["systems"].back();
  fused["name"] = "fused";
  fused["metrics"]["mrr"]["mean"] = 1.0;
  for (auto& query : fused["queries"]) query["rank"] = 1;
  json["systems"].push_back(fused);
  run.write(name, json.dump());
  const std::string head = head_of(run);
  EXPECT_THAT(head, HasSubstr("<p class='result'>fused, the best of 2 systems beside M₁, finds the 4 hums"));
  EXPECT_THAT(head, HasSubstr("<dd>1.000<small>by fused</small>"));
  EXPECT_THAT(head, HasSubstr("<dt>beyond the baseline</dt><dd>+0.500"));
  const auto systems = figures_of(run)["sets"][0]["systems"];
  ASSERT_EQ(systems.size(), 3u);
  EXPECT_EQ(systems[0]["name"], "fused");
  EXPECT_EQ(systems[1]["name"], "model");
  EXPECT_NEAR(systems[1]["mrr_beyond_baseline"]["mean"].get<double>(), 0.375, 1e-9);
  EXPECT_EQ(systems[2]["name"], "baseline");
  EXPECT_TRUE(systems[2]["mrr_beyond_baseline"].is_null());
}

TEST(ReportHead, AnotherBaselineThanTheFirstIsNotTheBest) {
  const ReportRun run;
  for (const char* round : {"round_00", "round_01"}) {
    const std::string name = std::string(round) + "/evaluate/set/report.json";
    auto json = nlohmann::ordered_json::parse(run.read(name));
    for (auto& system : json["systems"])
      if (system["name"] == "model") system["metrics"]["mrr"]["mean"] = 0.1;
    run.write(name, json.dump());
  }
  EXPECT_THAT(head_of(run), HasSubstr("M₁ finds the 4 hums of held_out with MRR 0.100"));
}

TEST(ReportHead, SaysWhatWentWrong) {
  const ReportRun run;
  std::string head = head_of(run);
  EXPECT_THAT(head, HasSubstr("<li class='grave'>1 recording was set aside while mining"));
  EXPECT_THAT(head, Not(HasSubstr("rejected")));

  experiments::RoundRecord rejected;
  rejected.round = 1;
  rejected.accepted = false;
  rejected.reason = "MRR <fell>";
  experiments::write_round(experiments::RunLayout(run.path()), rejected);
  experiments::Leak proof, hint;
  proof.evaluated = "hum<1>";
  proof.evaluated_in = "set 'a'";
  proof.trained = "x";
  proof.trained_in = "song 's'";
  proof.matched = 50;
  hint.kind = experiments::LeakKind::kTitle;
  experiments::write_leaks(run.file("leaks.csv"), {proof, hint});
  run.write("run.log",
            "2026-11-30T11:52:07.556 info begun\n2026-11-30T11:52:08.000 warning 'a' is short\nnonsense\n");
  run.write("verdicts.jsonl", "{\"half a li");
  const std::string name = "round_00/evaluate/set/report.json";
  auto json = nlohmann::ordered_json::parse(run.read(name));
  json["broken"].push_back({{"role", "query"}, {"id", "q"}, {"reason", "truncated"}});
  json["left_out"].push_back("hum");
  run.write(name, json.dump());
  head = head_of(run);
  for (const char* text :
       {"<li class='grave'>M₁ was rejected: MRR &lt;fell&gt;</li>",
        "<li class='grave'>1 item evaluated on is trained on, too: &#39;hum&lt;1&gt;&#39; of set",
        "<li class='mild'>1 hint that something", "<li class='mild'>run.log holds 1 warning</li>",
        "<li class='grave'>1 line of verdicts.jsonl cannot be read",
        "<li class='grave'>held_out: 1 query or reference is broken",
        "<li class='mild'>held_out: 1 query has nothing to find"})
    EXPECT_THAT(head, HasSubstr(text)) << text;
  std::vector<std::string> kinds;
  const auto figures = figures_of(run);
  for (const auto& trouble : figures["troubles"]) kinds.push_back(trouble["kind"]);
  EXPECT_THAT(kinds, ::testing::ElementsAre("rejected_round", "leaks", "leak_hints", "set_aside",
                                            "broken_items", "left_out", "damaged_verdicts", "warnings"));
}

TEST(ReportHead, SaysThatNothingWentWrong) {
  const ReportRun run;
  auto set = run.mined();
  set.set_aside.clear();
  run.write_mined(set);
  EXPECT_THAT(head_of(run),
              HasSubstr("<p class='troubles'>Nothing was set aside, left out or rejected.</p>"));
  experiments::write_leaks(run.file("leaks.csv"), {});
  EXPECT_THAT(head_of(run), HasSubstr("rejected; nothing that is evaluated on was found among"));
}

TEST(ReportHead, NamesTheEncoderInForceAndWhatToDoWithIt) {
  const ReportRun run;
  EXPECT_THAT(head_of(run), Not(HasSubstr("class='next'")));
  EXPECT_TRUE(figures_of(run)["encoder"].is_null());
  run.write("round_00/train/last.safetensors", "");
  run.write("round_01/train/last.safetensors", "");
  run.write("round_01/train/best.safetensors", "");
  EXPECT_THAT(head_of(run), HasSubstr("The encoder, M₁, is <code>round_01/train/best.safetensors</code>"));
  EXPECT_THAT(head_of(run), HasSubstr(">melomine index songs.library --add SONGS --checkpoint &#39;runs/two "
                                      "rounds/round_01/train/best.safetensors&#39;</pre>"));
  experiments::RoundRecord rejected;
  rejected.round = 1;
  rejected.accepted = false;
  experiments::write_round(experiments::RunLayout(run.path()), rejected);
  EXPECT_THAT(head_of(run), HasSubstr("The encoder, M₀, is <code>round_00/train/last.safetensors</code>"));
  EXPECT_EQ(figures_of(run)["encoder"]["path"], "round_00/train/last.safetensors");
}

TEST(ReportTimes, SpeedsOfATrainingAreOverAllItsSteps) {
  const ReportRun run;
  std::string lines;
  const auto log = [&](int step, const char* tag, double value) {
    lines += nlohmann::json{{"step", step}, {"tag", tag}, {"value", value}, {"time", 0}}.dump() + "\n";
  };
  // 10 steps in 10 s, waiting for 1 s; then 30 steps in 5 s, waiting for none.
  for (const auto& [step, speed, share] : {std::tuple{10, 1.0, 0.1}, {40, 6.0, 0.0}}) {
    log(step, "train/loss", 1);
    log(step, "train/steps_per_s", speed);
    log(step, "train/data_wait_share", share);
    log(step, "train/clips", 8);
  }
  run.write("round_00/train/metrics.jsonl", lines);
  const auto times = figures_of(run)["times"];
  ASSERT_EQ(times[0]["stage"], "train");
  EXPECT_EQ(times[0]["seconds"], 61.0);
  EXPECT_NEAR(times[0]["steps_per_s"].get<double>(), 40.0 / 15, 1e-9);
  EXPECT_NEAR(times[0]["clips_per_s"].get<double>(), 320.0 / 15, 1e-9);
  EXPECT_NEAR(times[0]["data_wait_share"].get<double>(), 1.0 / 15, 1e-9);
  const std::string page = run.read("report.html");
  EXPECT_THAT(page, HasSubstr("<th scope='row'>train M₀</th><td>1 min 01 s</td><td>43.6 %</td><td "
                              "class='text'>2.67 steps/s, 21 clips/s, waited for data 6.7 %</td>"));
  EXPECT_THAT(page, HasSubstr("<th scope='row'>all</th><td>2 min 20 s</td>"));
}

TEST(ReportTimes, AStageAloneTellsItsOwnTime) {
  const ReportRun run;
  run.write("round_01/mine/DONE", std::string(64, 'a') + "\nseconds 4.000\n");
  run.write("round_01/train/DONE", std::string(64, 'a') + "\n");  // of an older version: round.json's holds
  const std::string name = "round_01/evaluate/set/report.json";
  auto json = nlohmann::ordered_json::parse(run.read(name));
  json["systems"].back()["wall_s"] = 2.0;
  run.write(name, json.dump());
  const auto times = figures_of(run)["times"];
  std::map<std::string, nlohmann::json> of_round;
  for (const auto& time : times)
    if (time["round"] == 1) of_round[time["stage"]] = time;
  EXPECT_EQ(of_round["mine"]["seconds"], 4.0);
  EXPECT_EQ(of_round["mine"]["songs_per_s"], 0.25);  // one song
  EXPECT_EQ(of_round["train"]["seconds"], 61.0);
  EXPECT_EQ(of_round["evaluate"]["queries_per_s"], 2.0);  // 4 queries
}

}  // namespace
}  // namespace melomine::report
