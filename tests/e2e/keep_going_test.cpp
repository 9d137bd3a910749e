#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/tiny_experiment.h"
#include "tests/support/wav_file.h"

namespace melomine {
namespace {

using testing::expect_refusal;
using ::testing::HasSubstr;
using testing::run_melomine;

/// Two tones, each a query and a reference; a third query holds an error page.
void write_tables(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  testing::write_wav(folder / "low.wav", testing::sine(220, 0.5));
  testing::write_wav(folder / "high.wav", testing::sine(330, 0.5));
  write_file_atomically(folder / "page.wav", "<!DOCTYPE html><html><body>403 Forbidden</body></html>");
  write_file_atomically(folder / "q.csv", "query,reference_id\nlow.wav,low\npage.wav,low\nhigh.wav,high\n");
  write_file_atomically(folder / "r.csv", "reference_id,path\nlow,low.wav\nhigh,high.wav\n");
}

void expect_broken_refusal(const testing::CommandResult& result) {
  expect_refusal(result, 1, "q.csv: line 3: ");
  EXPECT_THAT(result.output, HasSubstr("page.wav: "));
  EXPECT_THAT(result.output, HasSubstr("`melomine evaluate --keep-going`, or evaluate.keep_going=true"));
}

/// The report without the query that is broken.
void expect_one_left_out(const std::filesystem::path& folder) {
  const auto report = nlohmann::json::parse(read_file(folder / "report.json"));
  EXPECT_EQ(report["queries"], 2);
  EXPECT_EQ(report["candidates"], 2);
  ASSERT_EQ(report["broken"].size(), 1u);
  EXPECT_EQ(report["broken"][0]["role"], "query");
  EXPECT_EQ(report["broken"][0]["id"], "page.wav");
  EXPECT_THAT(report["broken"][0]["reason"].get<std::string>(), HasSubstr("it is an HTML page"));
  EXPECT_THAT(read_file(folder / "report.txt"), HasSubstr("1 queries and 0 references left out as broken"));
}

TEST(E2eKeepGoing, ABrokenQueryOfATableEndsItUnlessItIsToGoOn) {
  const testing::TempFolder folder;
  write_tables(folder.path());
  std::vector<std::string> words = {"evaluate",       "--queries", folder / "q.csv", "--references",
                                    folder / "r.csv", "--out",     folder / "out"};
  expect_broken_refusal(run_melomine(words));
  EXPECT_FALSE(std::filesystem::exists(folder / "out/report.json"));
  words.emplace_back("--keep-going");
  const auto result = run_melomine(words);
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("query 'page.wav': "));
  expect_one_left_out(folder / "out");
}

TEST(E2eKeepGoing, AnExperimentSaysSoItselfAndItsRunGoesOn) {
  const testing::TinyExperiment tiny;
  write_tables(tiny.path("tables"));
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> settings = {
        "train.length=2s", "train.validate_every=2s", "loop.rounds=0",
        "evaluate.sets=[{name: tones, type: tables, queries: " + tiny.path("tables/q.csv") +
            ", references: [" + tiny.path("tables/r.csv") + "], systems: [{type: baseline}]}]"};
    settings.insert(settings.end(), more.begin(), more.end());
    return tiny.run("run", "a", settings);
  };
  expect_broken_refusal(run({}));
  const auto result = run({"evaluate.keep_going=true"});
  ASSERT_EQ(result.status, 0) << result.output;
  expect_one_left_out(tiny.run_file("a", "round_00/evaluate/tones"));
  expect_broken_refusal(run({}));  // is not taken for one that left nothing out
}

}  // namespace
}  // namespace melomine
