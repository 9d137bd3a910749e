#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <map>

#include "configs/config.h"
#include "core/error.h"
#include "datasets/batch_maker.h"
#include "datasets/prefetch.h"
#include "tests/support/made_audio.h"

namespace melomine::datasets {
namespace {

constexpr int kRate_hz = 16000;
constexpr double kGroup_s = 20, kWindow_s = 3;
constexpr TimeInterval kRest{6, 14};  ///< of group time

/// Groups of two recordings each, the second of which begins a second later. Both rest, 60 dB down.
struct PlantedRests {
  PlantedRests() {
    for (int g = 0; g < 4; ++g) {
      FragmentGroup group{"g" + std::to_string(g), "s" + std::to_string(g), kGroup_s, {}};
      for (const double start_s : {0.0, 1.0}) {
        const std::string id = group.group_id + (start_s > 0 ? "cover" : "original");
        group.fragments.push_back({id,
                                   start_s > 0 ? RecordingKind::kCover : RecordingKind::kOriginal,
                                   {start_s, start_s + kGroup_s},
                                   {{{0, kGroup_s}, {start_s, start_s + kGroup_s}}}});
        std::vector<float> samples(static_cast<size_t>((kGroup_s + 2) * kRate_hz));
        for (size_t i = 0; i < samples.size(); ++i) {
          const double t_s = static_cast<double>(i) / kRate_hz;
          samples[i] =
              static_cast<float>((kRest.contains(t_s - start_s) ? 3e-4 : 0.3) * std::sin(2000 * t_s));
        }
        audio[id] = std::move(samples);
      }
      groups.push_back(std::move(group));
    }
  }

  AudioReader reader() {
    AudioReader reader = melomine::testing::reader_of(audio);
    reader.read = [this, read = reader.read](const std::string& id, int64_t start, std::span<int16_t> out) {
      if (out.size() == audio.at(id).size()) ++whole_reads;
      read(id, start, out);
    };
    return reader;
  }

  std::vector<FragmentGroup> groups;
  std::map<std::string, std::vector<float>> audio;
  std::atomic<int> whole_reads{0};
};

BatchConfig config_with(double level_db) {
  BatchConfig config;
  config.augment.clear();
  config.sampler.voice.level_db = level_db;
  return config;
}

/// Clips of which more than half is rest, in 200 batches.
int clips_in_the_rest(const BatchMaker& maker) {
  int resting = 0;
  for (int64_t step = 0; step < 200; ++step)
    for (const ClipPlan& clip : maker.plan(step).clips) {
      const double start_s = clip.group_center_s - 0.5 * kWindow_s;
      const double rest_s = std::min(start_s + kWindow_s, kRest.end_s) - std::max(start_s, kRest.start_s);
      // The frames at the edges of a rest hear what is beside it.
      if (rest_s > 0.5 * kWindow_s + 0.2) ++resting;
      EXPECT_GE(start_s, 0);
      EXPECT_LE(start_s + kWindow_s, kGroup_s);
    }
  return resting;
}

TEST(BatchVoice, NoClipLiesInARest) {
  PlantedRests corpus;
  EXPECT_EQ(clips_in_the_rest(BatchMaker(corpus.groups, corpus.reader(), config_with(30), {1, 0})), 0);
  EXPECT_EQ(corpus.whole_reads, 8) << "each recording is read whole once";
  corpus.whole_reads = 0;
  EXPECT_GT(clips_in_the_rest(BatchMaker(corpus.groups, corpus.reader(), config_with(0), {1, 0})), 200);
  EXPECT_GT(clips_in_the_rest(BatchMaker(corpus.groups, corpus.reader(), config_with(80), {1, 0})), 200)
      << "the level is a setting";
}

TEST(BatchVoice, NoClipIsQuieterThanTheLevelOfFullScale) {
  PlantedRests corpus;
  BatchConfig config = config_with(0);
  config.sampler.voice.min_rms = 0.5 * 0.3 / std::sqrt(2.0);  // of the tone outside the rest: half
  EXPECT_EQ(clips_in_the_rest(BatchMaker(corpus.groups, corpus.reader(), config, {1, 0})), 0);
}

TEST(BatchVoice, ClipsOfAGroupStayAligned) {
  PlantedRests corpus;
  const BatchMaker maker(corpus.groups, corpus.reader(), config_with(30), {1, 0});
  int moved = 0;
  for (int64_t step = 0; step < 20; ++step) {
    const BatchPlan plan = maker.plan(step), asked = maker.sampler().plan(step);
    ASSERT_EQ(plan.clips.size(), asked.clips.size());
    for (size_t i = 0; i < plan.clips.size(); ++i) {
      const ClipPlan& clip = plan.clips[i];
      EXPECT_EQ(clip.group, asked.clips[i].group);
      EXPECT_EQ(clip.fragment, asked.clips[i].fragment);
      EXPECT_DOUBLE_EQ(clip.center_s, clip.group_center_s + static_cast<double>(clip.fragment));
      EXPECT_EQ(clip.group_center_s, plan.clips[i / 2 * 2].group_center_s);
      moved += clip.group_center_s != asked.clips[i].group_center_s;
    }
  }
  EXPECT_GT(moved, 0);
}

TEST(PropertyBatchVoice, BatchesAreByteEqualForAnyWorkers) {
  PlantedRests corpus;
  std::vector<std::vector<float>> expected;
  for (const int workers : {1, 4}) {
    const BatchMaker maker(corpus.groups, corpus.reader(), config_with(30), {5, 0});
    BatchPrefetcher batches([&](int64_t step) { return maker.make(step); }, 0,
                            {.depth = 4, .workers = workers}, 8);
    for (size_t step = 0; step < 8; ++step) {
      std::vector<float> features = batches.next().features;
      if (workers == 1)
        expected.push_back(std::move(features));
      else
        EXPECT_EQ(features, expected[step]) << step;
    }
  }
  const BatchMaker later(corpus.groups, corpus.reader(), config_with(30), {5, 0});
  EXPECT_EQ(later.make(6).features, expected[6]) << "without the steps before";
}

TEST(BatchVoice, WhereNothingIsMaskedBatchesAreThoseWithoutAMask) {
  PlantedRests corpus;
  const BatchMaker without(corpus.groups, corpus.reader(), config_with(0), {1, 0}),
      all_sounds(corpus.groups, corpus.reader(), config_with(80), {1, 0}),
      masked(corpus.groups, corpus.reader(), config_with(30), {1, 0});
  bool differs = false;
  for (int64_t step = 0; step < 4; ++step) {
    const auto features = without.make(step).features;
    EXPECT_EQ(all_sounds.make(step).features, features);
    differs = differs || masked.make(step).features != features;
  }
  EXPECT_TRUE(differs);
}

TEST(BatchVoice, OfAGroupThatRestsThroughoutTheLastDrawStays) {
  PlantedRests corpus;
  for (auto& [id, samples] : corpus.audio) std::fill(samples.begin(), samples.end(), 0.0F);
  const BatchMaker maker(corpus.groups, corpus.reader(), config_with(30), {1, 0});
  EXPECT_GT(clips_in_the_rest(maker), 0);
}

TEST(BatchVoice, IsASettingBesideTheSamplers) {
  const auto config = configs::parse_config<BatchConfig>(
      "sampler: {groups_per_batch: 4, voice: {level_db: 30, share: 0.7}}", "t.yaml");
  EXPECT_EQ(config.sampler.voice.level_db, 30);
  EXPECT_EQ(config.sampler.voice.share, 0.7);
  EXPECT_FALSE(BatchConfig{}.sampler.voice.on());
  EXPECT_TRUE(
      configs::parse_config<BatchConfig>("sampler: {voice: {min_rms: 0.02}}", "t.yaml").sampler.voice.on());
  for (const char* wrong : {"level_db: -1", "min_rms: -0.02", "min_rms: 1.5"})
    EXPECT_THROW(
        configs::parse_config<BatchConfig>(std::string("sampler: {voice: {") + wrong + "}}", "t.yaml"),
        ConfigError)
        << wrong;
}

}  // namespace
}  // namespace melomine::datasets
