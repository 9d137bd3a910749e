#include "dsp/feature_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/config.h"
#include "core/error.h"
#include "dsp/cqt.h"
#include "dsp/log_magnitude.h"
#include "dsp/mel.h"
#include "dsp/rms.h"
#include "dsp/rms_feature.h"
#include "tests/dsp/signals.h"

namespace melomine::dsp {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

TEST(FeatureExtractor, EveryTypeHasTheContractsShape) {
  const std::vector<float> samples = testing::white_noise(8000, 8);
  const std::vector<std::pair<std::string, int64_t>> types = {
      {"cqt", 84}, {"mel", 80}, {"stft", 513}, {"rms", 1}};
  for (const auto& [type, bins] : types) {
    const auto extractor = make_feature_extractor({configs::Choice<FeatureKind>(type), {.hop_samples = 320}});
    const FeatureMatrix got = extractor->extract(samples);
    EXPECT_EQ(extractor->bins(), bins) << type;
    EXPECT_EQ(extractor->hop_samples(), 320) << type;
    EXPECT_EQ(got.bins, bins) << type;
    EXPECT_EQ(got.frames, 26) << type;
    EXPECT_DOUBLE_EQ(got.hop_s, 0.02) << type;
    EXPECT_EQ(got.values.size(), static_cast<size_t>(bins * 26)) << type;
  }
}

TEST(FeatureExtractor, IsWhatItsPartsGive) {
  const std::vector<float> samples = testing::white_noise(8000, 9);
  EXPECT_EQ(make_feature_extractor({})->extract(samples).values, Cqt({}).magnitude(samples).values);
  EXPECT_EQ(make_feature_extractor({configs::Choice<FeatureKind>("mel"), {.hop_samples = 256}})
                ->extract(samples)
                .values,
            MelSpectrogram(MelConfig{}).magnitude(samples).values);
  EXPECT_EQ(make_feature_extractor({{"rms", RmsFeatureConfig{.n_fft = 2048}}, {}})->extract(samples).values,
            frame_rms(samples));
}

TEST(FeatureExtractor, RefusesWhatMakesNoSense) {
  for (const std::string& type : FeatureKind::catalogue().names()) {
    const configs::Choice<FeatureKind> feature(type);
    EXPECT_THROW(make_feature_extractor({feature, {.hop_samples = 0}}), ConfigError) << type;
    EXPECT_THROW(make_feature_extractor({feature, {.sample_rate_hz = 0}}), ConfigError) << type;
  }
}

TEST(FeatureConfig, SettingsThatClashAreNamedWithTheirLine) {
  const auto message = [](const char* yaml) {
    try {
      configs::parse_config<FeatureConfig>(yaml, "features.yaml");
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message("type: cqt\noctaves: 8\n"), HasSubstr("features.yaml:2: octaves"));
  EXPECT_THAT(message("type: mel\nsample_rate_hz: 8000\n"), HasSubstr("at most half of sample_rate_hz"));
  EXPECT_THAT(message("type: mel\nfmin_hz: 9000\n"), HasSubstr("must be below fmax_hz"));
  EXPECT_EQ(message("type: mel\n"), "accepted");
  EXPECT_EQ(message("type: cqt\nsample_rate_hz: 44100\noctaves: 9\n"), "accepted");
  EXPECT_THAT(message("type: cqr\n"), HasSubstr("cqt, mel, rms, stft"));
  EXPECT_THAT(message("type: stft\npadding: wrap\n"), HasSubstr("reflect, zero"));
  EXPECT_THAT(message("type: rms\noctaves: 20\n"), HasSubstr("features.yaml:2"));
  EXPECT_THAT(message("type: cqt\nbands: 3\n"), HasSubstr("only for type: mel"));
  EXPECT_EQ(message("type: cqt\nbins_per_octave: 12\noctaves: 7\nfmin_hz: 0\nfmax_hz: 8000\nbands: 80\n"
                    "n_fft: 1024\npadding: reflect\n"),
            "accepted")
      << "older versions wrote the settings of every type";
}

TEST(LogMagnitude, IsDecibelsUnderTheLoudestBin) {
  std::vector<float> window = {1e-9F, 0, 0.002F, 0.02F, 0.2F, 2};
  normalise_log_magnitude(window, 80);
  const std::vector<double> expected = {0, 0, 0.25, 0.5, 0.75, 1};
  for (size_t i = 0; i < window.size(); ++i) EXPECT_NEAR(window[i], expected[i], 1e-6) << i;
}

TEST(LogMagnitude, DegenerateWindows) {
  std::vector<float> silent(10, 0.0F);
  normalise_log_magnitude(silent, 80);
  EXPECT_THAT(silent, Each(0.0F));
  normalise_log_magnitude({}, 80);
  EXPECT_THROW(normalise_log_magnitude(silent, 0), ConfigError);
  EXPECT_THROW(normalise_log_magnitude(silent, -80), ConfigError);
}

}  // namespace
}  // namespace melomine::dsp
