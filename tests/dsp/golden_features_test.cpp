#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "dsp/cqt.h"
#include "dsp/mel.h"
#include "dsp/rms.h"
#include "dsp/silence.h"
#include "tests/dsp/signals.h"
#include "tests/support/golden_file.h"
#include "tests/support/shared_data.h"

namespace melomine::dsp {
namespace {

using testing::GoldenFile;
using testing::relative_error;

class Features : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto path = testing::shared_golden() / "features.h5";
    MELOMINE_REQUIRE_PATH(path);
    file_ = std::make_unique<GoldenFile>(path);
    samples_ = file_->floats(name("samples"));
  }
  std::string name(const std::string& dataset) const { return std::string(GetParam()) + "/" + dataset; }

  /// Within `tolerance` relative of the golden matrix, or exactly 0 where that is.
  void expect_near_golden(const FeatureMatrix& got, const std::string& dataset, double tolerance) {
    const auto golden = file_->doubles(name(dataset));
    const auto shape = file_->shape(name(dataset));
    ASSERT_EQ(got.bins, static_cast<int64_t>(shape[0]));
    ASSERT_EQ(got.frames, static_cast<int64_t>(shape[1]));
    if (std::all_of(golden.begin(), golden.end(), [](double v) { return v == 0; })) {
      EXPECT_TRUE(std::all_of(got.values.begin(), got.values.end(), [](float v) { return v == 0; }));
      return;
    }
    const double error = relative_error(got.values, golden);
    RecordProperty("relative_error", std::to_string(error));
    EXPECT_LE(error, tolerance) << name(dataset);
  }

  std::unique_ptr<GoldenFile> file_;
  std::vector<float> samples_;
};

// The golden tolerance is 1e-2; half-band errors of -85 dB at up to seven levels and the aliases beyond the
// main lobes leave less than a tenth of that.
constexpr double kCqtTolerance = 1e-3;

TEST_P(Features, CqtOf84Bins) {
  for (int i = 0; i < simd_kernel_count(); ++i)
    expect_near_golden(Cqt({}, simd_kernels(i)).magnitude(samples_), "cqt84_direct", kCqtTolerance);
}

TEST_P(Features, CqtOf96Bins) {
  const Cqt cqt({.hop_samples = 256, .octaves = 8, .fmin_hz = kC1Hz / 2});
  expect_near_golden(cqt.magnitude(samples_), "cqt96_direct", kCqtTolerance);
}

TEST_P(Features, Mel) {
  const MelSpectrogram mel(MelConfig{});
  expect_near_golden(mel.magnitude(samples_), "mel80_magnitude", 1e-5);
}

TEST_P(Features, Rms) {
  const auto golden = file_->doubles(name("rms"));
  const auto rms = frame_rms(samples_);
  ASSERT_EQ(rms.size(), golden.size());
  for (size_t t = 0; t < rms.size(); ++t) EXPECT_NEAR(rms[t], golden[t], 1e-6) << t;
}

TEST_P(Features, SplitAtSilence) {
  if (!file_->has(name("split_60db"))) {  // digital silence: librosa calls all of it sound, we none
    EXPECT_TRUE(split_at_silence(samples_).empty());
    return;
  }
  for (const int level_db : {20, 30, 52, 56, 60, 64, 68}) {
    const std::string dataset = name("split_" + std::to_string(level_db) + "db");
    const auto golden = file_->integers(dataset);
    const auto stretches = split_at_silence(samples_, {.level_db = static_cast<double>(level_db)});
    ASSERT_EQ(stretches.size() * 2, golden.size()) << dataset;
    for (size_t i = 0; i < stretches.size(); ++i)
      EXPECT_EQ(stretches[i], (SampleInterval{golden[2 * i], golden[2 * i + 1]})) << dataset;
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Features,
                         ::testing::Values("sweep", "voice", "phrases", "mix", "silence", "short"),
                         [](const auto& signal) { return std::string(signal.param); });

}  // namespace
}  // namespace melomine::dsp
