#include "datasets/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "dsp/f0.h"

namespace melomine::datasets {
namespace {

constexpr int kRateHz = 16000;
constexpr int64_t kTarget = 56000;

std::vector<float> tone(double hz, int64_t samples) {
  std::vector<float> out(static_cast<size_t>(samples));
  for (size_t i = 0; i < out.size(); ++i)
    for (int h = 1; h <= 4; ++h)
      out[i] += static_cast<float>(
          0.2 / h * std::sin(2 * std::numbers::pi * hz * h * static_cast<double>(i) / kRateHz));
  return out;
}

double power(std::span<const float> samples) {
  double sum = 0;
  for (const float s : samples) sum += static_cast<double>(s) * s;
  return sum / static_cast<double>(samples.size());
}

/// SNR of what was added, from the clip before and after.
double achieved_snr_db(std::span<const float> before, std::span<const float> after) {
  std::vector<float> added(before.size());
  for (size_t i = 0; i < added.size(); ++i) added[i] = after[i] - before[i];
  return 10 * std::log10(power(before) / power(added));
}

double median_f0(const std::vector<float>& samples) {
  dsp::F0Config config;
  config.tracker = "yin";
  std::vector<float> voiced;
  for (const float f : dsp::track_f0(samples, kRateHz, config).f0_hz)
    if (f > 0) voiced.push_back(f);
  std::sort(voiced.begin(), voiced.end());
  return voiced.empty() ? 0 : voiced[voiced.size() / 2];
}

TEST(Augment, EachIsAppliedToTheAskedShareOfClips) {
  const AugmentConfig config;
  RandomStream random({1});
  constexpr int kDraws = 20000;
  double pitch = 0, tempo = 0, splice = 0, mix = 0, noise = 0;
  for (int i = 0; i < kDraws; ++i) {
    const ClipAugmentation a = draw_augmentation(config, random);
    pitch += a.semitones != 0;
    tempo += a.rate != 1;
    splice += !a.splice_positions.empty();
    mix += a.mix;
    noise += a.noise;
    EXPECT_LE(std::abs(a.semitones), 4);
    EXPECT_GE(a.rate, 0.8);
    EXPECT_LE(a.rate, 1.25);
    EXPECT_TRUE(a.splice_positions.empty() || a.splice_positions.size() == 10);
    EXPECT_TRUE(std::is_sorted(a.splice_positions.begin(), a.splice_positions.end()));
    EXPECT_TRUE(5 <= a.mix_snr_db && a.mix_snr_db <= 10);
    EXPECT_TRUE(3 <= a.noise_snr_db && a.noise_snr_db <= 30);
    EXPECT_TRUE(0 <= a.noise_colour && a.noise_colour <= 2);
  }
  // Five standard errors.
  EXPECT_NEAR(pitch / kDraws, 0.5, 0.018);
  for (const double share : {tempo, splice, mix, noise}) EXPECT_NEAR(share / kDraws, 0.8, 0.0142);
}

TEST(Augment, ProbabilityZeroIsNeverAndOneIsAlways) {
  AugmentConfig config;
  const auto set_all = [&](double p) {
    config.pitch_shift_probability = config.time_stretch_probability = config.splice_out_probability =
        config.mix_probability = config.noise_probability = p;
  };
  RandomStream random({2});
  set_all(0);
  for (int i = 0; i < 200; ++i) {
    const ClipAugmentation a = draw_augmentation(config, random);
    EXPECT_TRUE(a.semitones == 0 && a.rate == 1 && a.splice_positions.empty() && !a.mix && !a.noise);
    EXPECT_EQ(source_samples(a, kTarget), kTarget);
  }
  const ClipAugmentation none = draw_augmentation(config, random);
  const std::vector<float> source = tone(200, kTarget);
  EXPECT_EQ(reshape_clip(source, none, kTarget, kRateHz), source);
  set_all(1);
  for (int i = 0; i < 200; ++i) {
    const ClipAugmentation a = draw_augmentation(config, random);
    EXPECT_TRUE(a.semitones != 0 && a.rate != 1 && !a.splice_positions.empty() && a.mix && a.noise);
  }
}

TEST(PropertyAugment, OneSettingLeavesTheOtherDrawsAlone) {
  AugmentConfig changed;
  changed.pitch_shift_probability = 0;
  changed.splice_out_intervals = 3;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    RandomStream one({seed}), other({seed}), again({seed});
    const ClipAugmentation a = draw_augmentation({}, one), b = draw_augmentation(changed, other);
    EXPECT_EQ(a.rate, b.rate);
    EXPECT_EQ(a.mix_draw, b.mix_draw);
    EXPECT_EQ(a.noise_snr_db, b.noise_snr_db);
    EXPECT_EQ(one.bits(), other.bits()) << "the stream must advance equally";
    const ClipAugmentation c = draw_augmentation({}, again);
    EXPECT_EQ(a.semitones, c.semitones);
    EXPECT_EQ(a.splice_positions, c.splice_positions);
  }
}

TEST(PropertyAugment, LengthIsKeptExactlyAndEqualStreamsGiveEqualClips) {
  RandomStream random({3});
  const std::vector<float> long_source = tone(170, 2 * kTarget);
  for (int i = 0; i < 40; ++i) {
    const ClipAugmentation a = draw_augmentation({}, random);
    const int64_t target = kTarget - 37 * i;
    const std::span<const float> source(long_source.data(), static_cast<size_t>(source_samples(a, target)));
    const std::vector<float> clip = reshape_clip(source, a, target, kRateHz);
    ASSERT_EQ(static_cast<int64_t>(clip.size()), target);
    EXPECT_EQ(clip, reshape_clip(source, a, target, kRateHz));
    // The end is sound, too: no padding.
    EXPECT_GT(power(std::span(clip).last(400)), 0.1 * power(clip));
  }
}

TEST(Augment, PitchMovesByTheAskedCentsAndTempoKeepsIt) {
  for (const double semitones : {-4.0, -1.3, 2.2, 4.0})
    for (const double rate : {0.8, 1.0, 1.25}) {
      ClipAugmentation a;
      a.semitones = semitones;
      a.rate = rate;
      const std::vector<float> source = tone(210, source_samples(a, kTarget));
      const double f0 = median_f0(reshape_clip(source, a, kTarget, kRateHz));
      EXPECT_NEAR(1200 * std::log2(f0 / 210), 100 * semitones, 6) << semitones << " at " << rate;
    }
}

/// On a ramp every sample names its place, so the cuts can be read off.
TEST(Augment, SpliceOutTakesExactlyTheAskedSamples) {
  ClipAugmentation a;
  a.splice_positions = {0.0, 0.25, 0.25, 0.9};
  a.splice_samples = 500;
  constexpr int64_t kLength = 8000;
  ASSERT_EQ(source_samples(a, kLength), kLength + 4 * 500);
  std::vector<float> ramp(kLength + 4 * 500);
  for (size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i);
  const std::vector<float> clip = reshape_clip(ramp, a, kLength, kRateHz);
  for (int64_t i = 0; i < kLength; ++i) {
    const int64_t cuts = 1 + 2 * (i >= 2000) + (i >= 7200);
    ASSERT_EQ(clip[static_cast<size_t>(i)], static_cast<float>(i + 500 * cuts)) << i;
  }
}

TEST(Augment, WrongSourceLengthIsRefused) {
  ClipAugmentation a;
  a.rate = 1.1;
  EXPECT_THROW(reshape_clip(std::vector<float>(1000), a, 1000, kRateHz), ShapeError);
}

TEST(Augment, MixReachesTheSnrWhateverTheLengthOfTheOther) {
  const std::vector<float> before = tone(200, 16000);
  for (const int64_t length : {100, 7000, 16000, 16001, 40000}) {
    std::vector<float> other = tone(310, length);
    for (size_t i = 0; i < other.size(); ++i) other[i] *= static_cast<float>(i % 5000) / 5000;
    for (const double snr_db : {-3.0, 5.0, 10.0}) {
      std::vector<float> clip = before;
      mix_at_snr(clip, other, snr_db);
      EXPECT_NEAR(achieved_snr_db(before, clip), snr_db, 0.05) << length;
    }
  }
}

TEST(Augment, NoiseReachesTheSnrAndDependsOnTheStreamAlone) {
  const std::vector<float> before = tone(200, 24000);
  for (const double colour : {0.0, 1.0, 2.0})
    for (const double snr_db : {3.0, 15.0, 30.0}) {
      std::vector<float> clip = before, again = before, different = before;
      RandomStream a({7}), b({7}), c({8});
      add_noise(clip, snr_db, colour, a);
      add_noise(again, snr_db, colour, b);
      add_noise(different, snr_db, colour, c);
      EXPECT_NEAR(achieved_snr_db(before, clip), snr_db, 0.05);
      EXPECT_EQ(clip, again);
      EXPECT_NE(clip, different);
    }
}

TEST(Augment, SilenceStaysAsItIs) {
  const std::vector<float> silence(1000), sound = tone(200, 1000);
  std::vector<float> clip = silence;
  RandomStream random({9});
  mix_at_snr(clip, sound, 5);
  add_noise(clip, 5, 1, random);
  EXPECT_EQ(clip, silence);
  clip = sound;
  mix_at_snr(clip, silence, 5);
  mix_at_snr(clip, {}, 5);
  EXPECT_EQ(clip, sound);
  mix_at_snr({}, sound, 5);
}

}  // namespace
}  // namespace melomine::datasets
