#include "pitch/contour_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "pitch/track_store.h"
#include "tests/dsp/signals.h"
#include "tests/support/temp_folder.h"

namespace melomine::pitch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TempFolder;

F0Config table_config(const std::filesystem::path& index) {
  F0Config config;
  config.tracker = configs::Choice<F0Kind>("table", ContourTableConfig{.index = index});
  return config;
}

template <class Work>
std::string refusal_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ContourTable, ARecordingIsFoundByItsSamples) {
  const TempFolder folder;
  const std::vector<float> samples = testing::white_noise(4800, 1), others = testing::white_noise(4800, 2);
  write_file_atomically(folder / "a.csv",
                        "time_s,f0_hz,voiced_probability\n0,0,0.1\n0.1,200,0.9\n0.2,400,0.8\n0.3,nan,0.2\n");
  write_file_atomically(folder / "index.csv",
                        "path,samples_sha256\na.csv," + sha256_of_samples(samples) + "\n");
  F0Config config = table_config(folder / "index.csv");
  config.range.hop_s = 0.05;
  const auto tracker = make_tracker(config);
  const dsp::F0Track track = tracker->track(samples, 16000);
  ASSERT_EQ(track.f0_hz.size(), 7u);
  EXPECT_THAT(std::vector<float>(track.f0_hz.begin(), track.f0_hz.begin() + 5),
              ElementsAre(0, 0, 200, ::testing::FloatNear(282.8427F, 1e-3F), 400));
  EXPECT_EQ(track.f0_hz[6], 0);
  EXPECT_FLOAT_EQ(track.probability[2], 0.9F);
  EXPECT_THAT(refusal_of([&] { tracker->track(others, 16000); }), HasSubstr(sha256_of_samples(others)));
  config.range.fmax_hz = 300;
  EXPECT_EQ(make_tracker(config)->track(samples, 16000).f0_hz[4], 0) << "outside the range";
}

/// 32 ms, as some programs have it, to 10 ms: a glide stays one.
TEST(ContourTable, OtherStepsBecomeTheTrackersOwn) {
  TimedF0 table;
  for (int i = 0; i < 20; ++i) {
    table.time_s.push_back(0.016 + 0.032 * i);
    table.f0_hz.push_back(static_cast<float>(200 * std::exp2(table.time_s.back())));
    table.probability.push_back(1);
  }
  const dsp::F0Track track = resample_f0(table, 0.01, 60);
  for (size_t t = 2; t < 60; ++t)
    EXPECT_NEAR(testing::cents(track.f0_hz[t], 200 * std::exp2(0.01 * static_cast<double>(t))), 0, 0.1) << t;
  // A hole is unvoiced, and so is what lies behind the last row.
  table.time_s = {0, 0.01, 0.02, 0.3, 0.31};
  table.f0_hz.assign(5, 300);
  table.probability.assign(5, 1);
  const dsp::F0Track holes = resample_f0(table, 0.01, 40);
  EXPECT_EQ(holes.f0_hz[3], 300);
  EXPECT_EQ(holes.f0_hz[15], 0);
  EXPECT_EQ(holes.f0_hz[30], 300);
  EXPECT_EQ(holes.f0_hz[39], 0);
  EXPECT_EQ(resample_f0({}, 0.01, 2).f0_hz, (std::vector<float>{0, 0}));
}

TEST(ContourTable, WhatIsExportedIsReadBack) {
  const TempFolder folder;
  const dsp::F0Track track{0.01, {0, 220.5F, 221, 0}, {0.25F, 1, 0.5F, 0}};
  write_file_atomically(folder / "a.csv", timed_f0_csv(track));
  const dsp::F0Track back = resample_f0(read_timed_f0(folder / "a.csv"), 0.01, 4);
  EXPECT_EQ(back.f0_hz, track.f0_hz);
  EXPECT_EQ(back.probability, track.probability);
}

TEST(ContourTable, WrongTablesAreNamed) {
  const TempFolder folder;
  const auto reading = [&](const std::string& text) {
    write_file_atomically(folder / "a.csv", text);
    return refusal_of([&] { read_timed_f0(folder / "a.csv"); });
  };
  EXPECT_THAT(reading("time_s,pitch\n0,1\n"), HasSubstr("f0_hz"));
  EXPECT_THAT(reading("time_s,f0_hz\n0.1,1\n0.1,2\n"), HasSubstr("time_s must ascend, got 0.1"));
  EXPECT_THAT(reading("time_s,f0_hz\n0,-5\n"), HasSubstr("f0_hz must be 0 (unvoiced) or above"));
  EXPECT_THAT(reading("time_s,f0_hz,voiced_probability\n0,5,1.5\n"), HasSubstr("voiced_probability must be"));
  write_file_atomically(folder / "index.csv", "samples_sha256,path\nab,a\nab,b\n");
  EXPECT_THAT(refusal_of([&] { make_tracker(table_config(folder / "index.csv")); }), HasSubstr("twice"));
  EXPECT_THROW(make_tracker(table_config(folder / "none.csv")), DataError);
  EXPECT_THROW(configs::parse_config<F0Config>("{type: table}\n", "a.yaml"), ConfigError);
}

}  // namespace
}  // namespace melomine::pitch
