#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "tests/support/run_melomine.h"
#include "tests/support/temp_folder.h"

// What docs/scale.md rests on, on sizes that take seconds.

namespace melomine {
namespace {

using ::testing::HasSubstr;
using testing::run_command;

TEST(E2eScale, EveryStageIsMeasuredAtEachSize) {
  const testing::TempFolder folder;
  const auto result =
      run_command({"bench/scale.py", "--sizes", "40,80", "--stages", "ingest,again,plan,mine,all,index",
                   "--folder", folder.path(), "--melomine", MELOMINE_BINARY});
  ASSERT_EQ(result.status, 0) << result.output;
  for (const char* stage : {"ingest ", "ingest, finished", "mine --plan", "mine, a part", "mine, all",
                            "index ", "index, nothing new"}) {
    EXPECT_THAT(result.output, HasSubstr(std::string("\n") + stage)) << stage;
    EXPECT_THAT(result.output, ::testing::ContainsRegex(std::string(stage) + " .* bytes a recording"))
        << stage;
  }
  // Two songs are held out, and the others are in parts of four.
  EXPECT_THAT(result.output,
              HasSubstr("14 songs with 56 covers, 0.0 hours of audio, in 4 parts, of which 0 are mined"));
}

TEST(E2eScale, TheCostsAreTheRatesTimesTheHours) {
  const testing::TempFolder folder;
  nlohmann::json rates;
  for (const char* stage : {"ingest", "mine_cqt", "mine_contour", "index"})
    rates[stage] = {{"cpu_s_per_hour", 36}, {"bytes_per_hour", 1000000}};
  rates["ingest"]["cpu_s_per_hour"] = 9;
  rates["ingest_decoded"]["cpu_s_per_hour"] = 3.6;
  for (const char* kind : {"two_workers_cqt", "two_workers_contour"}) rates[kind]["cpu_ratio"] = 1.5;
  write_file_atomically(folder / "rates.json", rates.dump());
  const auto result = run_command({"bench/cost_model.py", "--rates", folder / "rates.json", "--set",
                                   "mine=4000", "--workers", "1,8", "--euros-per-core-hour", "0.1"});
  EXPECT_EQ(result.status, 0) << result.output;
  // 36 s for each of 4,000 h are 40 h; two workers or more cost half as much again; 1 MB an hour.
  EXPECT_THAT(result.output,
              HasSubstr("| mine | mine a round, ResNet18 on CQT | 40 | 40 h | 8 h | 6.00 | 4 GB |"));
  // Ingest: 10 h, which eight workers decode in 1.25 h, but the one writer needs 4.
  EXPECT_THAT(result.output, HasSubstr("| mine | ingest | 10 | 10 h | 4 h | 1.00 | 4 GB |"));
}

TEST(E2eScale, RatesAreMeasuredInTheFormThatTheModelReads) {
  const testing::TempFolder folder;
  const std::string out = folder / "rates.json";
  const auto result = run_command({"bench/rates.py", "--songs", "4", "--duration", "25", "--out", out,
                                   "--folder", folder / "work", "--melomine", MELOMINE_BINARY});
  ASSERT_EQ(result.status, 0) << result.output;
  const auto rates = nlohmann::json::parse(read_file(out));
  EXPECT_GT(rates.at("mine_cqt").at("cpu_s_per_hour").get<double>(), 0);
  // 16 bits at 16 kHz, and tables.
  EXPECT_NEAR(rates.at("ingest").at("bytes_per_hour").get<double>(), 3600 * 32000, 3600 * 3200);
  const auto model = run_command({"bench/cost_model.py", "--rates", out});
  EXPECT_EQ(model.status, 0) << model.output;
  EXPECT_THAT(model.output, HasSubstr("| Discogs-VI | index |"));
}

}  // namespace
}  // namespace melomine
