#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "datasets/batch_maker.h"
#include "datasets/group_sampler.h"
#include "datasets/transforms/mix.h"
#include "tests/support/made_audio.h"

namespace melomine::datasets {
namespace {

constexpr int kToneRate_hz = 16000;
constexpr double kDeepFloor_db = 80;  // deep, so that levels can be read back

/// The sound of a recording: A3 and so many octaves.
double octave_tone(const std::string& octaves, int64_t sample) {
  return 0.1 * std::sin(2 * std::numbers::pi * 220 * std::exp2(std::stoi(octaves)) *
                        static_cast<double>(sample) / kToneRate_hz);
}

/// Two hums a group, group g of the song songs[g]. Group 0 holds A3, group 1 A4, group 2 A5.
std::vector<FragmentGroup> groups_of_tones(const std::vector<std::string>& songs) {
  std::vector<FragmentGroup> groups;
  for (size_t g = 0; g < songs.size(); ++g) {
    FragmentGroup group{"g" + std::to_string(g), songs[g], 6, {}};
    for (int f = 0; f < 2; ++f)
      group.fragments.push_back({std::to_string(g), RecordingKind::kHumming, {0, 6}, {{{0, 6}, {0, 6}}}});
    groups.push_back(group);
  }
  return groups;
}

/// A batch of all groups, in which a clip of another one is added to each at 5 dB.
Batch batch_of_mixed_tones(const std::vector<FragmentGroup>& groups) {
  BatchConfig config;
  config.floor_db = kDeepFloor_db;
  config.sampler.sampler.settings<GroupSamplerConfig>().distinct_songs = false;
  config.augment.assign(1, {});
  config.augment[0].transform = {"mix", MixConfig{.snr = {5, 5}}};
  return BatchMaker(groups, melomine::testing::reader_of(octave_tone), config, {1, 0}).make(0);
}

/// How strong a group's tone is in a clip; A3 is bin 33.
float level_of_tone(const Batch& batch, int64_t clip, int64_t group) {
  return batch.features[static_cast<size_t>((clip * batch.bins + 33 + 12 * group) * batch.frames + 47)];
}

TEST(BatchMaker, MixingTakesAClipOfAnotherGroup) {
  // Of two groups each clip shows the other one's tone, too, never only its own; also where both are of one
  // song, and there is no other to take a clip from.
  for (const std::vector<std::string>& songs : {std::vector<std::string>{"s0", "s1"}, {"s0", "s0"}}) {
    const Batch batch = batch_of_mixed_tones(groups_of_tones(songs));
    ASSERT_EQ(batch.size, 4);
    for (int64_t clip = 0; clip < batch.size; ++clip) {
      const int64_t own = batch.groups[static_cast<size_t>(clip)];
      // 80 dB are 1; the CQT's scale is sqrt(length): an octave up is 3 dB weaker for equal power.
      EXPECT_NEAR((level_of_tone(batch, clip, own) - level_of_tone(batch, clip, 1 - own)) * kDeepFloor_db,
                  own == 0 ? 8 : 2, 0.5);
    }
  }
}

TEST(BatchMaker, MixingTakesAClipOfAnotherSongWhereThereIsOne) {
  // Groups 0 and 1 are of one song: as a hum's group and its joined group, they may hold the very same hum.
  const Batch batch = batch_of_mixed_tones(groups_of_tones({"s0", "s0", "s1"}));
  ASSERT_EQ(batch.size, 6);
  for (int64_t clip = 0; clip < batch.size; ++clip) {
    const int64_t own = batch.groups[static_cast<size_t>(clip)];
    if (own == 2) {
      EXPECT_GT(std::max(level_of_tone(batch, clip, 0), level_of_tone(batch, clip, 1)), 0.8f);
    } else {
      EXPECT_GT(level_of_tone(batch, clip, 2), 0.8f) << clip;
      EXPECT_LT(level_of_tone(batch, clip, 1 - own), 0.5f) << clip;
    }
  }
}

/// What of several processes each does for its own rows.
TEST(BatchMaker, RowsHaveTheImagesOfTheWholeBatchAndReadNoMoreThanTheyHear) {
  std::atomic<int> reads{0};
  const AudioReader tones = melomine::testing::reader_of(octave_tone);
  const auto counted = [&](const std::string& id, int64_t start, std::span<int16_t> out) {
    ++reads;
    tones.read(id, start, out);
  };
  const BatchMaker maker(groups_of_tones({"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"}), {counted, {}},
                         BatchConfig{}, {1, 0});
  const auto reads_of = [&](const BatchRows& rows, Batch& batch) {
    reads = 0;
    batch = maker.make(3, rows);
    return reads.load();
  };
  Batch whole, part;
  EXPECT_EQ(reads_of({}, whole), whole.size);
  ASSERT_EQ(whole.size, 16);
  const int64_t values = whole.bins * whole.frames;
  int most = 0;
  for (int64_t first = 0; first < whole.size; first += 4) {
    most = std::max(most, reads_of({first, first + 4}, part));
    const auto begin = whole.features.begin() + first * values;
    EXPECT_EQ(part.features, std::vector<float>(begin, begin + 4 * values)) << "from row " << first;
    EXPECT_EQ(part.same_melody, whole.same_melody);
  }
  EXPECT_LE(most, 8) << "four clips, and one that each is mixed with";
  EXPECT_GT(most, 4) << "nothing was mixed";
}

}  // namespace
}  // namespace melomine::datasets
