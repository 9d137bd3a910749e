#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "configs/config.h"
#include "core/error.h"
#include "datasets/clip_pipeline.h"
#include "datasets/transforms/low_pass.h"
#include "datasets/transforms/pitch_shift.h"
#include "datasets/transforms/reverb.h"
#include "datasets/transforms/time_dropout.h"
#include "datasets/transforms/trim.h"

namespace melomine::datasets {
namespace {

constexpr int kTransformRate_hz = 16000;

double clip_energy(std::span<const float> samples) {
  double sum = 0;
  for (const float s : samples) sum += static_cast<double>(s) * s;
  return sum;
}

std::vector<float> sine_wave(double hz, size_t samples) {
  std::vector<float> out(samples);
  for (size_t i = 0; i < samples; ++i)
    out[i] =
        static_cast<float>(std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kTransformRate_hz));
  return out;
}

/// What a kind with these settings makes of a clip, for one draw.
template <class Config>
std::vector<float> sung(const char* type, const Config& config, std::vector<float> clip, uint64_t seed,
                        int64_t margin_samples = 0) {
  const configs::Choice<TransformKind> kind(type, config);
  RandomStream draws({seed}), samples({seed, 1});
  kind->draw(draws)->sing(clip, {.sample_rate_hz = kTransformRate_hz,
                                 .margin_samples = margin_samples,
                                 .other = {},
                                 .random = samples});
  return clip;
}

TEST(LowPass, HasButterworthsGain) {
  for (const double cutoff_hz : {500.0, 2000.0})
    for (const double hz : {100.0, 500.0, 1000.0, 2000.0, 4000.0, 6000.0}) {
      const std::vector<float> before = sine_wave(hz, 16000);
      std::vector<float> after = before;
      low_pass(after, cutoff_hz, kTransformRate_hz);
      const auto settled = [](const std::vector<float>& x) { return clip_energy(std::span(x).last(8000)); };
      // The bilinear transform maps the cut-off to itself: |H|² = 1 / (1 + (tan πf / tan πc)⁴).
      const double ratio = std::tan(std::numbers::pi * hz / kTransformRate_hz) /
                           std::tan(std::numbers::pi * cutoff_hz / kTransformRate_hz);
      EXPECT_NEAR(settled(after) / settled(before), 1 / (1 + std::pow(ratio, 4)), 2e-3) << hz;
    }
  std::vector<float> clip = sine_wave(440, 100), unchanged = clip;
  low_pass(clip, 8000, kTransformRate_hz);
  EXPECT_EQ(clip, unchanged);
}

TEST(LowPass, DrawsItsCutoffBetweenTheTwo) {
  const std::vector<float> high = sine_wave(6000, 8000);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto after =
        sung("low_pass", LowPassConfig{.min_cutoff_hz = 500, .max_cutoff_hz = 1000}, high, seed);
    const double fall_db =
        -10 * std::log10(clip_energy(std::span(after).last(4000)) / clip_energy(std::span(high).last(4000)));
    EXPECT_GT(fall_db, 35);  // of 1000 Hz: 43 dB, of 500 Hz: 55 dB
    EXPECT_LT(fall_db, 60);
  }
}

TEST(Reverb, AnImpulseIsFollowedByARoomOfTheAskedEnergyAndDecay) {
  for (const double decay_s : {0.25, 1.0})
    for (const double wet_db : {-12.0, 0.0}) {
      std::vector<float> clip(40000);
      clip[100] = 1;
      RandomStream random({5});
      add_room(clip, {.decay_s = decay_s, .wet_db = wet_db}, kTransformRate_hz, random);
      EXPECT_LT(clip_energy(std::span(clip).first(100)), 1e-12) << "before the sound";
      const auto tail = std::span(clip).subspan(100);
      std::vector<float> room(tail.begin(), tail.end());
      room[0] = 0;
      EXPECT_NEAR(10 * std::log10(clip_energy(room)), wet_db, 0.1);
      // Energy of a stretch falls by 60 dB in decay_s: by 15 dB in a quarter of it.
      const auto stretch = static_cast<size_t>(decay_s / 8 * kTransformRate_hz);
      const double early = clip_energy(std::span(room).subspan(1, stretch));
      const double late = clip_energy(std::span(room).subspan(1 + 2 * stretch, stretch));
      EXPECT_NEAR(10 * std::log10(early / late), 15, 1) << decay_s;
    }
}

TEST(Reverb, IsTheSumOfEachSamplesRoomAndDependsOnTheStreamAlone) {
  // Blocks of the convolution must join: two impulses far apart, the second of twice the height.
  std::vector<float> one(60000), two(60000), both(60000);
  one[500] = both[500] = 1;
  two[30000] = both[30000] = 2;
  const Room room{.decay_s = 0.8, .wet_db = -3};
  for (std::vector<float>* clip : {&one, &two, &both}) {
    RandomStream random({6});
    add_room(*clip, room, kTransformRate_hz, random);
  }
  for (size_t i = 0; i < both.size(); ++i) ASSERT_NEAR(both[i], one[i] + two[i], 2e-6) << i;
  for (size_t i = 0; i < 20000; ++i) ASSERT_NEAR(two[30000 + i], 2 * one[500 + i], 2e-6) << i;
  std::vector<float> silence(1000), nothing;
  RandomStream random({6});
  add_room(silence, room, kTransformRate_hz, random);
  add_room(nothing, room, kTransformRate_hz, random);
  EXPECT_EQ(clip_energy(silence), 0);
}

TEST(Reverb, DrawsARoomForEachClip) {
  std::vector<float> impulse(16000);
  impulse[0] = 1;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    auto clip = sung("reverb", ReverbConfig{.min_wet_db = -10, .max_wet_db = -5}, impulse, seed);
    EXPECT_EQ(clip, sung("reverb", ReverbConfig{.min_wet_db = -10, .max_wet_db = -5}, impulse, seed));
    EXPECT_NE(clip, sung("reverb", ReverbConfig{.min_wet_db = -10, .max_wet_db = -5}, impulse, seed + 1));
    clip[0] = 0;
    EXPECT_GT(10 * std::log10(clip_energy(clip)), -11);
    EXPECT_LT(10 * std::log10(clip_energy(clip)), -4.5);
  }
}

TEST(TimeDropout, SilencesOneToTheAskedNumberOfGaps) {
  const std::vector<float> ones(32000, 1.0F);
  size_t most = 0, fewest = 100;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const auto clip = sung("time_dropout", TimeDropoutConfig{.max_times = 3, .max_s = 0.1}, ones, seed);
    size_t gaps = 0, silent = 0, changed = 0;
    for (size_t i = 0; i < clip.size(); ++i) {
      changed += clip[i] != 0 && clip[i] != 1;
      silent += clip[i] == 0;
      gaps += clip[i] == 0 && (i == 0 || clip[i - 1] != 0);
    }
    EXPECT_LE(silent, 3 * 1600u);
    EXPECT_EQ(changed, 0u);
    most = std::max(most, gaps);
    fewest = std::min(fewest, gaps);
  }
  EXPECT_EQ(most, 3u);
  EXPECT_LE(fewest, 1u);
  // A gap longer than the clip silences it.
  const auto all =
      sung("time_dropout", TimeDropoutConfig{.max_times = 50, .max_s = 60}, std::vector<float>(100, 1.0F), 1);
  EXPECT_EQ(clip_energy(all), 0);
  EXPECT_TRUE(sung("time_dropout", TimeDropoutConfig{}, {}, 1).empty());
}

/// On a ramp every sample names its place.
TEST(Trim, MovesWhatIsLeftToTheBeginningAndSilencesTheRest) {
  constexpr int64_t kMargin = 400, kWindow = 16000;
  std::vector<float> ramp(kWindow + 2 * kMargin);
  for (size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i + 1);
  double heads = 0, tails = 0;
  constexpr int kDraws = 200;
  for (uint64_t seed = 0; seed < kDraws; ++seed) {
    const auto clip = sung("trim", TrimConfig{.max_head_s = 0.25, .max_tail_s = 0.5}, ramp, seed, kMargin);
    const auto head = static_cast<int64_t>(clip[0]) - 1;
    const auto left = std::count_if(clip.begin(), clip.end(), [](float s) { return s != 0; });
    for (int64_t i = 0; i < left; ++i)
      ASSERT_EQ(clip[static_cast<size_t>(i)], static_cast<float>(head + i + 1));
    const int64_t tail = static_cast<int64_t>(ramp.size()) - kMargin - head - left;
    EXPECT_GE(head, 0);
    EXPECT_LE(head, 4000);
    EXPECT_GE(tail, 0);
    EXPECT_LE(tail, 8000);
    heads += static_cast<double>(head) / kDraws;
    tails += static_cast<double>(tail) / kDraws;
  }
  EXPECT_NEAR(heads, 2000, 5 * 4000 / std::sqrt(12.0 * kDraws));
  EXPECT_NEAR(tails, 4000, 5 * 8000 / std::sqrt(12.0 * kDraws));
  EXPECT_EQ(sung("trim", TrimConfig{.max_head_s = 0, .max_tail_s = 0}, ramp, 1, kMargin), ramp);
  EXPECT_EQ(clip_energy(sung("trim", TrimConfig{.max_head_s = 60, .max_tail_s = 60}, ramp, 1, kMargin)), 0);
}

TEST(PitchShift, MayLieToOneSide) {
  // Hum2Song's -350 to 300 cents.
  const configs::Choice<TransformKind> kind("pitch_shift",
                                            PitchShiftConfig{.semitones = 3.25, .middle_semitones = -0.25});
  double lowest = 0, highest = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    RandomStream random({seed});
    ClipShape shape;
    kind->draw(random)->shape(shape);
    lowest = std::min(lowest, shape.semitones);
    highest = std::max(highest, shape.semitones);
  }
  EXPECT_GE(lowest, -3.5);
  EXPECT_LT(lowest, -3.45);
  EXPECT_LE(highest, 3);
  EXPECT_GT(highest, 2.95);
}

TEST(RecordingTransforms, SettingsOutOfRangeAreRefused) {
  for (const char* yaml :
       {"{type: low_pass, min_cutoff_hz: 5000}", "{type: reverb, min_decay_s: 2}",
        "{type: reverb, min_wet_db: 3}", "{type: time_dropout, max_times: 0}", "{type: trim, max_head_s: -1}",
        "{type: pitch_shift, semitones: 20, middle_semitones: 5}"})
    EXPECT_THROW(configs::parse_config<ClipTransformConfig>(yaml, "t.yaml"), ConfigError) << yaml;
}

}  // namespace
}  // namespace melomine::datasets
