#include "datasets/clip_pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "configs/config.h"
#include "core/error.h"
#include "datasets/transforms/hum.h"
#include "datasets/transforms/mix.h"
#include "datasets/transforms/noise.h"
#include "datasets/transforms/pitch_shift.h"
#include "datasets/transforms/splice_out.h"
#include "pitch/yin_tracker.h"

namespace melomine::datasets {
namespace {

constexpr int kClipRate_hz = 16000;
constexpr int64_t kTarget = 56000;

std::vector<float> tone(double hz, int64_t samples) {
  std::vector<float> out(static_cast<size_t>(samples));
  for (size_t i = 0; i < out.size(); ++i)
    for (int h = 1; h <= 4; ++h)
      out[i] += static_cast<float>(
          0.2 / h * std::sin(2 * std::numbers::pi * hz * h * static_cast<double>(i) / kClipRate_hz));
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
  std::vector<float> voiced;
  for (const float f : pitch::YinTracker({}, {}).track(samples, kClipRate_hz).f0_hz)
    if (f > 0) voiced.push_back(f);
  std::sort(voiced.begin(), voiced.end());
  return voiced.empty() ? 0 : voiced[voiced.size() / 2];
}

/// A struct with a list of transforms, as an experiment has it.
struct Augmentation {
  std::vector<ClipTransformConfig> augment = paper_transforms();
};
void bind(configs::Binder& b, Augmentation& c) {
  bind_transforms(b, "augment", c.augment);
}

std::vector<ClipTransformConfig> transforms(const std::string& yaml) {
  return configs::parse_config<Augmentation>("augment: " + yaml, "t.yaml").augment;
}

std::vector<std::string> types(const std::vector<ClipTransformConfig>& list) {
  std::vector<std::string> names;
  names.reserve(list.size());
  for (const ClipTransformConfig& item : list) names.push_back(item.transform.type());
  return names;
}

/// Whether the transforms of the paper changed a clip, in their order.
std::vector<double> applied(const ClipDraw& drawn, size_t effects_of_shape) {
  const double others = static_cast<double>(drawn.effects.size() - effects_of_shape);
  return {drawn.shape.semitones != 0 ? 1.0 : 0, drawn.shape.rate != 1 ? 1.0 : 0,
          drawn.shape.cuts.empty() ? 0 : 1.0, others};
}

TEST(ClipPipeline, EachIsAppliedToTheAskedShareOfClips) {
  const ClipPipeline pipeline(paper_transforms());
  constexpr int kDraws = 20000;
  std::vector<double> share(4);
  for (int i = 0; i < kDraws; ++i) {
    const ClipDraw a = pipeline.draw(static_cast<uint64_t>(i));
    const size_t shaping = (a.shape.semitones != 0) + (a.shape.rate != 1) + !a.shape.cuts.empty();
    const std::vector<double> one = applied(a, shaping);
    for (size_t t = 0; t < one.size(); ++t) share[t] += one[t] / kDraws;
    EXPECT_LE(std::abs(a.shape.semitones), 4);
    EXPECT_GE(a.shape.rate, 0.8);
    EXPECT_LE(a.shape.rate, 1.25);
    EXPECT_TRUE(a.shape.cuts.empty() || a.shape.cuts.size() == 10);
    EXPECT_TRUE(std::is_sorted(a.shape.cuts.begin(), a.shape.cuts.end(),
                               [](const Cut& x, const Cut& y) { return x.position < y.position; }));
  }
  // Five standard errors; mix and noise together.
  EXPECT_NEAR(share[0], 0.5, 0.018);
  EXPECT_NEAR(share[1], 0.8, 0.0142);
  EXPECT_NEAR(share[2], 0.8, 0.0142);
  EXPECT_NEAR(share[3], 1.6, 0.02);
}

TEST(ClipPipeline, ProbabilityZeroIsNeverAndOneIsAlways) {
  std::vector<ClipTransformConfig> list = paper_transforms();
  for (ClipTransformConfig& item : list) item.probability = 0;
  const ClipPipeline never(list), none({});
  for (ClipTransformConfig& item : list) item.probability = 1;
  const ClipPipeline always(list);
  for (uint64_t key = 0; key < 200; ++key) {
    EXPECT_TRUE(never.draw(key).effects.empty());
    EXPECT_EQ(source_samples(never.draw(key).shape, kTarget), kTarget);
    EXPECT_EQ(always.draw(key).effects.size(), 5u);
  }
  const std::vector<float> source = tone(200, kTarget);
  EXPECT_EQ(reshape_clip(source, none.draw(1).shape, kTarget, kClipRate_hz), source);
}

TEST(PropertyClipPipeline, OneTransformLeavesTheOthersDrawsAlone) {
  const ClipPipeline all(paper_transforms()), again(paper_transforms());
  const ClipPipeline fewer(
      transforms("[{type: splice_out, probability: 0.8, intervals: 3}, {type: time_stretch, "
                 "probability: 0.8}, {type: hum}]"));
  for (uint64_t key = 0; key < 50; ++key) {
    const ClipDraw a = all.draw(key), b = fewer.draw(key), c = again.draw(key);
    EXPECT_EQ(a.shape.rate, b.shape.rate);
    EXPECT_EQ(a.shape.cuts.empty(), b.shape.cuts.empty());
    EXPECT_EQ(a.shape.semitones, c.shape.semitones);
  }
}

/// A run that an older version began must go on with the same batches.
TEST(ClipPipeline, TheStreamsAreThoseOfOlderVersions) {
  const ClipPipeline pipeline(paper_transforms());
  for (uint64_t key = 0; key < 20; ++key) {
    RandomStream pitch({key, 0}), tempo({key, 1}), splice({key, 2});
    const ClipShape shape = pipeline.draw(key).shape;
    EXPECT_EQ(shape.semitones, pitch.chance(0.5) ? pitch.uniform(-4, 4) : 0);
    EXPECT_EQ(shape.rate, tempo.chance(0.8) ? tempo.uniform(0.8, 1.25) : 1);
    EXPECT_EQ(shape.cuts.empty(), !splice.chance(0.8));
  }
  RandomStream pick({7, 4}), sound({11});
  ASSERT_TRUE(pick.chance(1));
  const double snr_db = pick.uniform(3, 30), colour = pick.uniform(0, 2);
  std::vector<float> expected = tone(310, 1000), clip = expected;
  add_noise(expected, snr_db, colour, sound);
  const ClipPipeline noise(transforms("[{type: noise, min_snr_db: 3, max_snr_db: 30}]"));
  const ClipDraw drawn = noise.draw(7);
  RandomStream again({11});
  drawn.effects.at(0).effect->add(clip, {.other = {}, .random = again});
  EXPECT_EQ(clip, expected);
  EXPECT_EQ(drawn.effects[0].stream, stream_id("noise"));
}

TEST(ClipPipeline, TheSameTransformTwiceDrawsTwice) {
  const ClipPipeline once(transforms("[{type: pitch_shift, semitones: 1}]"));
  const ClipPipeline twice(
      transforms("[{type: pitch_shift, semitones: 1}, {type: pitch_shift, semitones: 1}]"));
  for (uint64_t key = 0; key < 20; ++key) {
    const double first = once.draw(key).shape.semitones, both = twice.draw(key).shape.semitones;
    EXPECT_NE(both, first);
    EXPECT_NE(both, 2 * first);
    EXPECT_LE(std::abs(both - first), 1);
  }
}

TEST(ClipTransforms, AMapOfAnOlderVersionIsTheListThatItMeans) {
  const auto paper = transforms(
      "{pitch_shift_probability: 0.5, pitch_shift_semitones: 2, time_stretch_probability: 0.8, "
      "time_stretch_min_rate: 0.8, time_stretch_max_rate: 1.25, splice_out_probability: 0.8, "
      "splice_out_intervals: 10, splice_out_samples: 500, mix_probability: 0, mix_min_snr_db: 5, "
      "mix_max_snr_db: 10, noise_probability: 0.3, noise_min_snr_db: 3, noise_max_snr_db: 30, "
      "hum_probability: 0.5, hum_min_cutoff_hz: 200, hum_max_cutoff_hz: 1000}");
  EXPECT_EQ(types(paper),
            (std::vector<std::string>{"pitch_shift", "time_stretch", "splice_out", "noise", "hum"}));
  EXPECT_EQ(paper[0].transform.settings<PitchShiftConfig>().semitones, 2);
  EXPECT_EQ(paper[3].probability, 0.3);
  EXPECT_EQ(paper[4].transform.settings<HumConfig>().max_cutoff_hz, 1000);
  // Some of it, over the defaults.
  const auto some = transforms("{mix_min_snr_db: 7, noise_probability: 0}");
  EXPECT_EQ(types(some), (std::vector<std::string>{"pitch_shift", "time_stretch", "splice_out", "mix"}));
  EXPECT_EQ(some[3].transform.settings<MixConfig>().snr.min_db, 7);
  EXPECT_EQ(some[3].probability, 0.8);
}

TEST(ClipTransforms, AreReadStrictly) {
  const auto message = [](const char* yaml) -> std::string {
    try {
      transforms(yaml);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "accepted";
  };
  EXPECT_NE(message("[{type: nose}]").find("did you mean 'noise'"), std::string::npos);
  EXPECT_NE(message("[{type: mix, min_snr_db: 11}]").find("max_snr_db"), std::string::npos);
  EXPECT_NE(message("[{type: mix, semitones: 1}]").find("only for type: pitch_shift"), std::string::npos);
  EXPECT_NE(message("{echo_probability: 1}").find("augment"), std::string::npos);
  EXPECT_EQ(message("[]"), "accepted");
}

TEST(PropertyClipShape, LengthIsKeptExactlyAndEqualStreamsGiveEqualClips) {
  const ClipPipeline pipeline(paper_transforms());
  const std::vector<float> long_source = tone(170, 2 * kTarget);
  for (int i = 0; i < 40; ++i) {
    const ClipShape a = pipeline.draw(static_cast<uint64_t>(i)).shape;
    const int64_t target = kTarget - 37 * i;
    const std::span<const float> source(long_source.data(), static_cast<size_t>(source_samples(a, target)));
    const std::vector<float> clip = reshape_clip(source, a, target, kClipRate_hz);
    ASSERT_EQ(static_cast<int64_t>(clip.size()), target);
    EXPECT_EQ(clip, reshape_clip(source, a, target, kClipRate_hz));
    // The end is sound, too: no padding.
    EXPECT_GT(power(std::span(clip).last(400)), 0.1 * power(clip));
  }
}

TEST(ClipShape, PitchMovesByTheAskedCentsAndTempoKeepsIt) {
  for (const double semitones : {-4.0, -1.3, 2.2, 4.0})
    for (const double rate : {0.8, 1.0, 1.25}) {
      ClipShape a;
      a.semitones = semitones;
      a.rate = rate;
      const std::vector<float> source = tone(210, source_samples(a, kTarget));
      const double f0 = median_f0(reshape_clip(source, a, kTarget, kClipRate_hz));
      EXPECT_NEAR(1200 * std::log2(f0 / 210), 100 * semitones, 6) << semitones << " at " << rate;
    }
}

/// On a ramp every sample names its place, so the cuts can be read off.
TEST(ClipShape, SpliceOutTakesExactlyTheAskedSamples) {
  ClipShape a;
  a.cuts = {{0.0, 500}, {0.25, 500}, {0.25, 500}, {0.9, 500}};
  constexpr int64_t kLength = 8000;
  ASSERT_EQ(source_samples(a, kLength), kLength + 4 * 500);
  std::vector<float> ramp(kLength + 4 * 500);
  for (size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i);
  const std::vector<float> clip = reshape_clip(ramp, a, kLength, kClipRate_hz);
  for (int64_t i = 0; i < kLength; ++i) {
    const int64_t cuts = 1 + 2 * (i >= 2000) + (i >= 7200);
    ASSERT_EQ(clip[static_cast<size_t>(i)], static_cast<float>(i + 500 * cuts)) << i;
  }
}

TEST(ClipShape, WrongSourceLengthIsRefused) {
  ClipShape a;
  a.rate = 1.1;
  EXPECT_THROW(reshape_clip(std::vector<float>(1000), a, 1000, kClipRate_hz), ShapeError);
}

TEST(SignalToNoise, MixReachesTheSnrWhateverTheLengthOfTheOther) {
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

TEST(Noise, ReachesTheSnrAndDependsOnTheStreamAlone) {
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

TEST(SignalToNoise, SilenceStaysAsItIs) {
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
