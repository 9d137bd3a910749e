#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "datasets/batch_maker.h"
#include "datasets/transforms/time_stretch.h"
#include "tests/support/made_audio.h"

namespace melomine::datasets {
namespace {

constexpr double kSung_s = 12, kReturn_s = 40, kHumTempo = 1.25, kSungWindow_s = 3;

TimeInterval moved(const TimeInterval& t, double by_s) {
  return {t.start_s + by_s, t.end_s + by_s};
}
double common_s(const TimeInterval& a, const TimeInterval& b) {
  return std::min(a.end_s, b.end_s) - std::max(a.start_s, b.start_s);
}

Fragment sung_part(const std::string& id, RecordingKind kind, double start_s, double tempo) {
  const TimeInterval interval{start_s, start_s + kSung_s / tempo};
  return {id, kind, interval, {{{0, kSung_s}, interval}}};
}

/// Song a: seconds 0, 6 and 40 of its original and on, each with a fast hum of its own. Song b: one group.
std::vector<FragmentGroup> planted_groups() {
  std::vector<FragmentGroup> groups;
  for (const double place_s : {0.0, 6.0, kReturn_s}) {
    const std::string name = std::to_string(groups.size());
    groups.push_back({.group_id = name,
                      .song_id = "a",
                      .duration_s = kSung_s,
                      .fragments = {sung_part("a", RecordingKind::kOriginal, place_s, 1),
                                    sung_part("hum" + name, RecordingKind::kHumming, 2, kHumTempo)},
                      .original_id = "a",
                      .original_start_s = place_s});
  }
  groups.push_back({.group_id = "b",
                    .song_id = "b",
                    .duration_s = kSung_s,
                    .fragments = {sung_part("b", RecordingKind::kOriginal, 0, 1),
                                  sung_part("hum of b", RecordingKind::kHumming, 0, 1)}});
  return groups;
}

/// A cover that sings once what the original sings at 0 and again at 40 s.
void add_cover_of_both(std::vector<FragmentGroup>& groups) {
  for (const size_t g : {0U, 2U}) groups[g].fragments.push_back(sung_part("c", RecordingKind::kCover, 30, 1));
}

AudioReader square_wave() {
  return melomine::testing::reader_of(
      [](const std::string&, int64_t sample) { return sample / 40 % 2 == 0 ? 0.1 : -0.1; });
}

/// Seconds by which two windows of the original have a melody in common.
double common_melody_s(const TimeInterval& a, const TimeInterval& b, bool verse_returns) {
  double most_s = common_s(a, b);
  if (!verse_returns) return most_s;
  for (const auto& [x, y] : {std::pair(a, b), std::pair(b, a)}) {
    const TimeInterval first{std::max(x.start_s, 0.0), std::min(x.end_s, kSung_s)};
    if (first.duration_s() > 0) most_s = std::max(most_s, common_s(moved(first, kReturn_s), y));
    const TimeInterval second{std::max(x.start_s, kReturn_s), std::min(x.end_s, kReturn_s + kSung_s)};
    if (second.duration_s() > 0) most_s = std::max(most_s, common_s(moved(second, -kReturn_s), y));
  }
  return most_s;
}

struct Case {
  const char* name;
  bool verse_returns;
  double stretch_rate;  ///< of the augmentation; 1: none
};

class PropertyBatchStretches : public ::testing::TestWithParam<Case> {};

TEST_P(PropertyBatchStretches, TheMaskIsThatOfTheWindowsInTheOriginal) {
  std::vector<FragmentGroup> groups = planted_groups();
  if (GetParam().verse_returns) add_cover_of_both(groups);
  BatchConfig config;
  config.augment.clear();
  const double rate = GetParam().stretch_rate;
  if (rate != 1) {
    config.augment.resize(1);
    config.augment[0].transform.choose("time_stretch");
    auto& stretch = config.augment[0].transform.settings<TimeStretchConfig>();
    stretch.min_rate = stretch.max_rate = rate;
  }
  const BatchMaker maker(groups, square_wave(), config, {7, 0});
  EXPECT_TRUE(maker.knows_places());
  int64_t same = 0, apart = 0;
  for (int64_t step = 0; step < 30; ++step) {
    const Batch batch = maker.make(step);
    const auto clips = maker.sampler().plan(step).clips;
    const size_t size = clips.size();
    ASSERT_EQ(batch.same_melody.size(), size * size);
    const auto window = [&](const ClipPlan& clip) -> TimeInterval {
      const Fragment& sung = groups[clip.group].fragments[clip.fragment];
      const double half_s = 0.5 * kSungWindow_s * rate *
                            (sung.kind == RecordingKind::kHumming && clip.group < 3 ? kHumTempo : 1);
      const double center_s = groups[clip.group].original_start_s + clip.group_center_s;
      return {center_s - half_s, center_s + half_s};
    };
    for (size_t a = 0; a < size; ++a)
      for (size_t b = 0; b < size; ++b) {
        const bool mask = batch.same_melody[a * size + b] != 0;
        const bool a_is_of_b = clips[a].group == 3, b_is_of_b = clips[b].group == 3;
        if (a_is_of_b || b_is_of_b) {
          EXPECT_EQ(mask, a_is_of_b == b_is_of_b);
          continue;
        }
        const double common = common_melody_s(window(clips[a]), window(clips[b]), GetParam().verse_returns);
        if (std::abs(common) < 0.06) continue;  // told apart to within rounding
        EXPECT_EQ(mask, common > 0) << "step " << step << ", clips " << a << ' ' << b << ", " << common;
        if (clips[a].group != clips[b].group) ++(mask ? same : apart);
      }
  }
  EXPECT_GT(same, 20);
  EXPECT_GT(apart, 20);
}

INSTANTIATE_TEST_SUITE_P(Corpora, PropertyBatchStretches,
                         ::testing::Values(Case{"disjoint", false, 1}, Case{"repeat", true, 1},
                                           Case{"stretched", false, 1.25}, Case{"slowed", true, 0.8}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(BatchStretches, AreNotKnownWithoutOriginals) {
  std::vector<FragmentGroup> groups = planted_groups();
  for (FragmentGroup& group : groups) group.original_id.clear();
  BatchConfig config;
  config.augment.clear();
  const BatchMaker maker(groups, square_wave(), config, {7, 0});
  EXPECT_FALSE(maker.knows_places());
  const Batch batch = maker.make(0);
  for (size_t a = 0; a < batch.songs.size(); ++a)
    for (size_t b = 0; b < batch.songs.size(); ++b)
      EXPECT_EQ(batch.same_melody[a * batch.songs.size() + b] != 0, batch.songs[a] == batch.songs[b]);
}

TEST(BatchStretches, OfAGroupShorterThanTheWindowIsTheGroup) {
  // Two seconds each, one behind the other: the windows' silence around them is no melody.
  std::vector<FragmentGroup> groups = planted_groups();
  groups.resize(2);
  for (size_t g = 0; g < 2; ++g) {
    groups[g].duration_s = 2;
    groups[g].original_start_s = 2 * static_cast<double>(g);
    for (Fragment& sung : groups[g].fragments) {
      sung.interval.end_s = sung.interval.start_s + 2;
      sung.time_map = {{{0, 2}, sung.interval}};
    }
  }
  BatchConfig config;
  config.augment.clear();
  const Batch batch = BatchMaker(groups, square_wave(), config, {7, 0}).make(0);
  ASSERT_EQ(batch.size, 4);
  for (size_t a = 0; a < 4; ++a)
    for (size_t b = 0; b < 4; ++b)
      EXPECT_EQ(batch.same_melody[a * 4 + b] != 0, batch.groups[a] == batch.groups[b]) << a << ' ' << b;
}

TEST(BatchMaker, ClipsOfOneRecordingShareItsIndexInAllGroups) {
  const std::vector<FragmentGroup> groups = planted_groups();
  EXPECT_EQ(recordings_of_fragments(groups),
            (std::vector<std::vector<int64_t>>{{0, 1}, {0, 2}, {0, 3}, {4, 5}}));
  BatchConfig config;
  config.augment.clear();
  const BatchMaker maker(groups, square_wave(), config, {7, 0});
  const Batch batch = maker.make(0);
  const auto clips = maker.sampler().plan(0).clips;
  ASSERT_EQ(batch.recordings.size(), clips.size());
  const auto recording_of = [&](size_t i) {
    return groups[clips[i].group].fragments[clips[i].fragment].recording_id;
  };
  size_t shared = 0;
  for (size_t a = 0; a < clips.size(); ++a)
    for (size_t b = 0; b < clips.size(); ++b) {
      EXPECT_EQ(batch.recordings[a] == batch.recordings[b], recording_of(a) == recording_of(b));
      shared += clips[a].group != clips[b].group && batch.recordings[a] == batch.recordings[b];
    }
  EXPECT_GT(shared, 0U);
}

TEST(PropertyBatchMaker, PartsOfABatchAreThoseOfTheWhole) {
  for (const bool augmented : {true, false}) {
    BatchConfig config;
    if (!augmented) config.augment.clear();
    const BatchMaker maker(planted_groups(), square_wave(), config, {5, 0});
    const Batch whole = maker.make(1);
    EXPECT_EQ(whole.rows.size(), whole.size);
    EXPECT_EQ(maker.batch_size(1), whole.size);
    std::vector<float> features;
    for (const BatchRows rows : {BatchRows{0, 5}, BatchRows{5, 6}, BatchRows{6, whole.size}}) {
      const Batch part = maker.make(1, rows);
      EXPECT_EQ(part.rows.first, rows.first);
      EXPECT_EQ(part.size, whole.size);
      EXPECT_EQ(part.same_melody, whole.same_melody) << "of all clips";
      EXPECT_EQ(part.domains, whole.domains);
      features.insert(features.end(), part.features.begin(), part.features.end());
    }
    EXPECT_TRUE(features == whole.features);
  }
}

}  // namespace
}  // namespace melomine::datasets
