#include "embedding/device_augment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "configs/config.h"
#include "core/error.h"
#include "datasets/batch_maker.h"
#include "datasets/clip_samples.h"
#include "datasets/coloured_noise.h"
#include "datasets/group_sampler.h"
#include "embedding/clip_hearing.h"
#include "embedding/device_cqt.h"
#include "embedding/device_effect.h"
#include "embedding/front_end_kind.h"
#include "tests/embedding/planted_voices.h"

namespace melomine::embedding {
namespace {

using datasets::Batch;
using testing::PlantedVoices;
using testing::Sound;

constexpr datasets::SamplerSeed kSeed{3, 1};

/// Every kind of transform, each on some of the clips, two of a kind.
std::vector<datasets::ClipTransformConfig> all_transforms() {
  std::vector<datasets::ClipTransformConfig> list = datasets::paper_transforms();
  for (const char* type : {"low_pass", "hum", "reverb", "time_dropout", "trim", "noise", "mix"}) {
    list.emplace_back().transform.choose(type);
    list.back().probability = 0.4;
  }
  return list;
}

datasets::FrontEnd augmenting_front_end(bool on_device) {
  datasets::FrontEnd made;
  made.on_device = made.augment_on_device = on_device;
  return made;
}

/// A maker of batches as they are on the processor, or as they go to the device.
datasets::BatchMaker maker_of(const PlantedVoices& voices, bool on_device,
                              const std::vector<datasets::ClipTransformConfig>& augment) {
  FrontEndChoice choice("image");
  choice.settings<datasets::FrontEnd>() = augmenting_front_end(on_device);
  datasets::BatchSettings settings;
  settings.augment = augment;
  settings.sampler.sampler.settings<datasets::GroupSamplerConfig>().groups_per_batch = 5;
  return datasets::BatchMaker(voices.groups, voices.reader(), choice->clip_view(), settings, kSeed);
}

torch::Tensor features_of(const Batch& batch) {
  if (batch.raw) return sources_of(*batch.raw).clone().unsqueeze(1).unsqueeze(1);
  return torch::tensor(batch.features).view({-1, 1, batch.bins, batch.frames});
}

/// What the processor draws for noise and rooms of a batch, for the device to take.
NormalNoise noise_of(const Batch& batch) {
  struct Stream {
    std::string type;
    RandomStream random;
  };
  auto streams = std::make_shared<std::map<uint64_t, Stream>>();
  for (uint64_t index = 0; index < static_cast<uint64_t>(batch.size); ++index)
    for (const char* name : {"noise", "noise_2", "reverb"}) {
      const RandomStream random(
          {kSeed.seed, kSeed.round, stream_id(name), static_cast<uint64_t>(batch.step), index});
      RandomStream key = random;
      streams->emplace(key.bits(), Stream{name, random});
    }
  return [streams](const std::vector<uint64_t>& keys, int64_t count, torch::Device) {
    std::vector<Sound> rows;
    for (const uint64_t key : keys) {
      Stream stream = streams->at(key);
      if (stream.type != "reverb") {
        rows.push_back(datasets::coloured_noise(count, 0, 16000, stream.random));
        continue;
      }
      rows.emplace_back(static_cast<size_t>(count));
      for (float& value : rows.back()) value = static_cast<float>(stream.random.normal());
    }
    return testing::side_by_side(rows);
  };
}

/// Images of a raw batch, of the processor's noise.
torch::Tensor images_of(const Batch& batch, const NormalNoise& noise) {
  const datasets::FrontEnd config = augmenting_front_end(true);
  const datasets::ClipSamples clips(config);
  const auto samples =
      augmented(features_of(batch).flatten(1), *batch.raw,
                {.clip_samples = clips.columns(), .margin_samples = clips.context_samples(), .noise = noise});
  const int64_t first = clips.context_samples() / clips.hop_samples();
  return normalised_log_magnitude(
             device_cqt_of(config, torch::kCPU).magnitude(samples, first, clips.window_frames()),
             config.floor_db)
      .unsqueeze(1);
}

TEST(DeviceAugment, ImagesAreThoseOfTheProcessorWithinAHundredthOfTheirRange) {
  const PlantedVoices voices(6);
  const auto processor = maker_of(voices, false, all_transforms());
  const auto device = maker_of(voices, true, all_transforms());
  std::map<std::string, int> seen;
  for (int64_t step = 0; step < 4; ++step) {
    const Batch expected = processor.make(step), raw = device.make(step);
    ASSERT_TRUE(raw.raw && !expected.raw);
    for (const datasets::DrawnEffects& drawn : raw.raw->effects)
      seen[drawn.type] += static_cast<int>(drawn.clips.size());
    EXPECT_EQ(raw.groups, expected.groups);
    EXPECT_EQ(raw.same_melody, expected.same_melody);
    const auto found = images_of(raw, noise_of(raw)), wanted = features_of(expected);
    ASSERT_EQ(found.sizes(), wanted.sizes());
    const auto worst = (found - wanted).abs().flatten(1).amax(1);
    EXPECT_LT(worst.max().item<float>(), 0.01) << "step " << step << ", clips " << worst;
  }
  for (const std::string& type : device_effect_types()) EXPECT_GT(seen[type], 8) << type;
}

TEST(DeviceAugment, WithoutTransformsItIsTheImageOfTheSource) {
  const PlantedVoices voices(6);
  const Batch expected = maker_of(voices, false, {}).make(2), raw = maker_of(voices, true, {}).make(2);
  EXPECT_TRUE(raw.raw->effects.empty());
  EXPECT_LT((images_of(raw, counter_noise) - features_of(expected)).abs().max().item<float>(), 0.01);
}

TEST(DeviceAugment, TheFrontEndHearsItTheSameEachTimeAndNoiseIsTheClipsOwn) {
  const PlantedVoices voices(6);
  FrontEndChoice choice("image");
  choice.settings<datasets::FrontEnd>() = augmenting_front_end(true);
  const auto hearing = choice->clip_hearing("cpu");
  const auto maker = maker_of(voices, true, all_transforms());
  const Batch one = maker.make(3), again = maker.make(3);
  const auto images = hearing->hear(features_of(one), one);
  EXPECT_TRUE(torch::equal(images, hearing->hear(features_of(again), again)));
  // Of other noise than the processor's some clips are other images, though not by much.
  const auto changed = (images - images_of(one, noise_of(one))).abs().flatten(1);
  EXPECT_GT(changed.amax(1).max().item<float>(), 0.05);
  EXPECT_LT(changed.mean().item<float>(), 0.1);
}

TEST(DeviceAugment, RowsOfRanksHaveTheImagesOfTheWholeBatch) {
  const PlantedVoices voices(6);
  FrontEndChoice choice("image");
  choice.settings<datasets::FrontEnd>() = augmenting_front_end(true);
  const auto hearing = choice->clip_hearing("cpu");
  const auto maker = maker_of(voices, true, all_transforms());
  const Batch whole = maker.make(1);
  const auto images = hearing->hear(features_of(whole), whole);
  int64_t more = 0;
  for (int64_t first = 0; first < whole.size; first += 3) {
    const Batch part = maker.make(1, {first, first + 3});
    EXPECT_EQ(part.raw->own, part.rows.size());
    more += part.raw->size() - part.raw->own;
    const auto found = hearing->hear(features_of(part), part);
    ASSERT_EQ(found.size(0), part.rows.size());
    EXPECT_TRUE(torch::allclose(found, images.narrow(0, first, found.size(0)), 1e-3, 1e-3))
        << "row " << first;
  }
  EXPECT_GT(more, 0) << "no row heard a clip of another rank";
  EXPECT_EQ(hearing->hear(features_of(maker.make(1, {4, 5})), maker.make(1, {4, 5})).size(0), 1);
}

TEST(DeviceAugment, ATransformThatTheDeviceDoesNotKnowIsRefusedByName) {
  const PlantedVoices voices(6);
  const datasets::FrontEnd config = augmenting_front_end(true);
  datasets::ClipView view{.images = std::make_shared<const datasets::ClipSamples>(config),
                          .later = {{"mix"}}};
  datasets::BatchSettings settings;
  const auto message = [&]() -> std::string {
    try {
      datasets::BatchMaker(voices.groups, voices.reader(), view, settings, kSeed);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(message(), ::testing::HasSubstr("augment: noise is not known on the device"));
  EXPECT_THAT(message(), ::testing::HasSubstr("augment_on_device: false"));
  settings.augment.back().probability = 0;
  EXPECT_EQ(message(), "");
}

TEST(DeviceAugment, IsForClipsThatAreHeardOnTheDevice) {
  const auto message = [](const char* yaml) -> std::string {
    try {
      configs::parse_config<datasets::FrontEnd>(yaml, "t.yaml");
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(message("{augment_on_device: true}"), ::testing::HasSubstr("set on_device: true as well"));
  EXPECT_EQ(message("{augment_on_device: true, on_device: true}"), "");
  EXPECT_THAT(message("{augment_on_device: true, on_device: true, features: {type: mel}}"),
              ::testing::HasSubstr("on_device"));
}

}  // namespace
}  // namespace melomine::embedding
