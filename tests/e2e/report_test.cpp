#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/tiny_experiment.h"
#include "tests/support/markup.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::markup_problem;
using testing::run_melomine;
using testing::TinyExperiment;

TEST(E2eReport, ShowsATrainedAndEvaluatedRunAtAnyTime) {
  const TinyExperiment tiny;
  ASSERT_EQ(tiny.run("train", "a").status, 0);
  const std::string run = tiny.path("runs/a"), page = tiny.run_file("a", "report.html");
  const auto trained = run_melomine({"report", run});
  EXPECT_EQ(trained.output,
            "               relevant uncertain precision  recall coverage alignment s\n"
            "M_0                   -         -         -       -        -           -\n"
            "\nreport: " +
                page + "\n");
  EXPECT_THAT(read_file(page), HasSubstr("Nothing has been evaluated yet"));
  EXPECT_THAT(read_file(page), HasSubstr("<strong>Training loss.</strong>"));

  ASSERT_EQ(tiny.run("evaluate", "a").status, 0);
  const std::string written = read_file(page);  // by evaluate
  EXPECT_EQ(markup_problem(written), "");
  EXPECT_THAT(written, HasSubstr("<th scope='row'>baseline</th>"));
  fs::remove(page);
  EXPECT_EQ(run_melomine({"report", run}).status, 0);
  EXPECT_EQ(read_file(page), written);

  const auto figures = nlohmann::json::parse(read_file(tiny.run_file("a", "figures.json")));
  for (size_t i = 0; i < 2; ++i)
    EXPECT_GT(figures["times"][i]["seconds"].get<double>(), 0) << "without the loop";
  EXPECT_GT(figures["times"][1]["queries_per_s"].get<double>(), 0);
  EXPECT_THAT(written, HasSubstr("<strong>held_out, M₀.</strong>")) << "its fingerprints";
  EXPECT_TRUE(fs::exists(tiny.run_file("a", "round_00/evaluate/held_out/fingerprints.csv")));
}

TEST(E2eReport, TheCommandOnThePageMakesALibrary) {
  const TinyExperiment tiny;
  ASSERT_EQ(tiny.run("train", "a").status, 0);
  ASSERT_EQ(run_melomine({"report", tiny.path("runs/a")}).status, 0);
  const std::string page = read_file(tiny.run_file("a", "report.html"));
  const std::string command = "melomine index songs.library --add SONGS --checkpoint ";
  const auto at = page.find(command);
  ASSERT_NE(at, page.npos);
  const std::string checkpoint =
      page.substr(at + command.size(), page.find("</pre>", at) - at - command.size());
  fs::create_directories(tiny.path("songs"));
  fs::copy(tiny.path("corpus/vocals/s00001_original.flac"), tiny.path("songs/one.flac"));
  const auto indexed = run_melomine(
      {"index", tiny.path("songs.library"), "--add", tiny.path("songs"), "--checkpoint", checkpoint});
  EXPECT_EQ(indexed.status, 0) << indexed.output;
}

TEST(E2eReport, RefusesWhatItCannotShow) {
  const testing::TempFolder folder;
  const auto refused = [](const std::vector<std::string>& words, int status, const std::string& message) {
    const auto result = run_melomine(words);
    EXPECT_EQ(result.status, status) << result.output;
    EXPECT_THAT(result.output, HasSubstr(message));
  };
  const std::string run = folder.path();
  refused({"report"}, 2, "run is missing");
  refused({"report", run + "/nowhere"}, 1, "no such folder");
  refused({"report", run}, 1, "is no run's folder: it holds neither experiment.yaml nor round_00");
  fs::create_directories(folder / "round_00");
  refused({"report", run, "--groups-to-hear", "-1"}, 2, "groups_to_hear = -1: must be in [0, 60]");
  refused({"report", run, "--timelines", "many"}, 2, "timelines = many: must be an integer");
  write_file_atomically(folder / "round_00" / "round.json", "{\"accepted\": tr");
  refused({"report", run}, 1, "round.json: is damaged");
  EXPECT_FALSE(fs::exists(folder / "report.html"));
  fs::remove(folder / "round_00" / "round.json");
  EXPECT_EQ(run_melomine({"report", run}).status, 0);
}

}  // namespace
}  // namespace melomine
