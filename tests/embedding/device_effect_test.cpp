#include "embedding/device_effect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "core/error.h"
#include "datasets/clip_transform.h"
#include "datasets/coloured_noise.h"
#include "datasets/transforms/hum.h"
#include "datasets/transforms/low_pass.h"
#include "datasets/transforms/reverb.h"
#include "datasets/transforms/time_dropout.h"
#include "datasets/transforms/trim.h"
#include "embedding/counter_noise.h"
#include "tests/embedding/made_sounds.h"

namespace melomine::embedding {
namespace {

using datasets::RecordingKind;
using testing::kRate_hz;
using testing::Sound;

constexpr int64_t kSamples = 20000, kMargin = 4000;
constexpr size_t kClips = 6;

/// Three sung clips, noise, a loud tone and silence.
std::vector<Sound> clips() {
  return {testing::voice(kSamples, 1), testing::voice(kSamples, 2),    testing::voice(kSamples, 3),
          testing::white(kSamples, 4), testing::sine(kSamples, 333.3), Sound(static_cast<size_t>(kSamples))};
}

/// What the processor draws sample by sample, by key.
using Drawn = std::function<Sound(int64_t count, RandomStream& random)>;
Sound as_of_noise(int64_t count, RandomStream& random) {
  return datasets::coloured_noise(count, 0, kRate_hz, random);
}
Sound as_of_rooms(int64_t count, RandomStream& random) {
  Sound drawn(static_cast<size_t>(count));
  for (float& value : drawn) value = static_cast<float>(random.normal());
  return drawn;
}

RandomStream samples_of(uint64_t key) {
  return RandomStream({77, key});
}

struct Changed {
  std::vector<Sound> expected;  ///< by the processor
  torch::Tensor found;          ///< [clips, samples] on the device
};

/// One transform of the same draws on both, each clip hearing the one before it; the first hears none.
Changed changed(const std::string& type, const std::function<void(datasets::ClipTransformConfig&)>& set,
                const Drawn& drawn, RecordingKind kind = RecordingKind::kOriginal) {
  datasets::ClipTransformConfig config;
  config.transform.choose(type.c_str());
  if (set) set(config);
  const std::vector<Sound> all = clips();
  datasets::DrawnEffects effects{.type = type, .clips = {}, .numbers = {}, .keys = {}, .heard = {}};
  Changed result;
  for (size_t i = 0; i < kClips; ++i) {
    RandomStream draws({5, i}), samples = samples_of(i);
    const auto effect = config.transform->draw(draws);
    effects.clips.push_back(static_cast<int64_t>(i));
    effects.numbers.push_back(effect->numbers());
    effects.keys.push_back(i);
    effects.heard.push_back(static_cast<int64_t>(i) - 1);
    const datasets::ClipContext context{
        .sample_rate_hz = kRate_hz,
        .margin_samples = kMargin,
        .kind = kind,
        .other = i == 0 ? std::span<const float>() : std::span<const float>(all[i - 1]),
        .random = samples};
    result.expected.push_back(all[i]);
    effect->sing(result.expected.back(), context);
    effect->add(result.expected.back(), context);
  }
  const NormalNoise noise = [&](const std::vector<uint64_t>& keys, int64_t count, torch::Device) {
    std::vector<Sound> rows;
    for (const uint64_t key : keys) {
      RandomStream samples = samples_of(key);
      rows.push_back(drawn(count, samples));
    }
    return testing::side_by_side(rows);
  };
  const auto voices = testing::side_by_side(all);
  EffectCall call{.drawn = effects,
                  .kinds = std::vector<RecordingKind>(kClips, kind),
                  .sample_rate_hz = kRate_hz,
                  .margin_samples = kMargin,
                  .heard = torch::cat(
                      {torch::zeros({1, kSamples}), voices.narrow(0, 0, static_cast<int64_t>(kClips) - 1)}),
                  .noise = noise};
  const DeviceEffect& effect = device_effect(type);
  result.found = voices;
  for (const EffectOfClips of_clips : {effect.sing, effect.add})
    if (of_clips != nullptr) result.found = of_clips(result.found, call);
  return result;
}

/// Of the loudest sample of a clip.
double worst_error(const Changed& changed) {
  double worst = 0;
  for (size_t i = 0; i < changed.expected.size(); ++i)
    worst =
        std::max(worst, testing::worst_error(changed.found[static_cast<int64_t>(i)], changed.expected[i]));
  return worst;
}

bool changes_something(const Changed& changed) {
  return changed.expected.front() != clips().front();
}

TEST(DeviceEffects, AreThereForEveryTransformOfSamples) {
  std::vector<std::string> types;
  for (const std::string& type : datasets::TransformKind::catalogue().names()) {
    datasets::ClipTransformConfig config;
    config.transform.choose(type.c_str());
    if (config.transform->changes_samples()) types.push_back(type);
  }
  EXPECT_THAT(device_effect_types(), ::testing::UnorderedElementsAreArray(types));
  EXPECT_THROW(device_effect("splice_out"), ConfigError);
}

struct EffectCase {
  std::string type;
  double tolerance;  ///< as a share of a clip's loudest sample
  Drawn drawn;
  std::function<void(datasets::ClipTransformConfig&)> set;
};

class DeviceEffectOf : public ::testing::TestWithParam<EffectCase> {};

TEST_P(DeviceEffectOf, MakesTheProcessorsSamples) {
  const EffectCase& effect = GetParam();
  const Changed both = changed(effect.type, effect.set, effect.drawn);
  EXPECT_LT(worst_error(both), effect.tolerance);
  EXPECT_TRUE(effect.type == "mix" || changes_something(both)) << "nothing happened";
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, DeviceEffectOf,
    ::testing::Values(
        EffectCase{"hum", 1e-3, {}, {}}, EffectCase{"low_pass", 1e-4, {}, {}},
        EffectCase{"low_pass",
                   1e-3,
                   {},
                   [](datasets::ClipTransformConfig& c) {
                     auto& s = c.transform.settings<datasets::LowPassConfig>();
                     s.min_cutoff_hz = 1, s.max_cutoff_hz = 9000;
                   }},
        EffectCase{"mix", 1e-4, {}, {}}, EffectCase{"noise", 1e-3, as_of_noise, {}},
        EffectCase{"reverb", 1e-4, as_of_rooms, {}},
        EffectCase{"reverb", 1e-4, as_of_rooms,
                   [](datasets::ClipTransformConfig& c) {  // rooms longer than the clip, and very short ones
                     auto& s = c.transform.settings<datasets::ReverbConfig>();
                     s.min_decay_s = 1e-5, s.max_decay_s = 4;
                   }},
        EffectCase{"time_dropout", 0x1p-149, {}, {}}, EffectCase{"trim", 0x1p-149, {}, {}},
        EffectCase{"trim",
                   0x1p-149,
                   {},
                   [](datasets::ClipTransformConfig& c) {  // more than there is
                     auto& s = c.transform.settings<datasets::TrimConfig>();
                     s.max_head_s = s.max_tail_s = 2;
                   }}));

TEST(DeviceEffects, HumLeavesWhatIsNotSungAlone) {
  const Changed both = changed("hum", {}, {}, RecordingKind::kHumming);
  EXPECT_EQ(worst_error(both), 0);
  EXPECT_FALSE(changes_something(both));
}

TEST(DeviceEffects, SilenceStaysSilentAndWhatHearsNothingIsLeftAlone) {
  for (const char* type : {"hum", "low_pass", "mix", "noise", "reverb", "time_dropout", "trim"})
    EXPECT_EQ(
        changed(type, {}, as_of_noise).found[static_cast<int64_t>(kClips) - 1].abs().max().item<float>(), 0)
        << type;
  EXPECT_EQ(testing::worst_error(changed("mix", {}, {}).found[0], clips()[0]), 0);
}

TEST(CounterNoise, IsNormalAndEachRowItsKeysOwn) {
  const std::vector<uint64_t> keys = {1, 2, 0xffffffffffffffff};
  constexpr int64_t kCount = 400001;
  const auto noise = counter_noise(keys, kCount, torch::kCPU);
  ASSERT_EQ(noise.sizes(), torch::IntArrayRef({3, kCount}));
  const double error = 5 / std::sqrt(static_cast<double>(kCount));
  for (int64_t r = 0; r < 3; ++r) {
    const auto row = noise[r].to(torch::kFloat64);
    EXPECT_NEAR(row.mean().item<double>(), 0, error);
    EXPECT_NEAR(row.square().mean().item<double>(), 1, error * std::sqrt(2.0));
    EXPECT_NEAR(row.pow(3).mean().item<double>(), 0, error * std::sqrt(15.0));
    EXPECT_NEAR(row.pow(4).mean().item<double>(), 3, error * std::sqrt(96.0));
    EXPECT_NEAR((row.abs() < 1).to(torch::kFloat64).mean().item<double>(), 0.682689, error * 0.47);
    for (const int64_t lag : {1, 2, 3, 64, 4096, 200000})
      EXPECT_NEAR((row.narrow(0, 0, kCount - lag) * row.narrow(0, lag, kCount - lag)).mean().item<double>(),
                  0, 2 * error)
          << lag;
    for (int64_t other = 0; other < r; ++other)
      EXPECT_NEAR((row * noise[other]).mean().item<double>(), 0, error);
  }
  EXPECT_TRUE(torch::equal(counter_noise({2}, 999, torch::kCPU)[0], noise[1].narrow(0, 0, 999)))
      << "whatever lies beside and behind it";
}

}  // namespace
}  // namespace melomine::embedding
