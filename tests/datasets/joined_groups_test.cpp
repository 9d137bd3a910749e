#include "datasets/joined_groups.h"

#include <gtest/gtest.h>

namespace melomine::datasets {
namespace {

constexpr double kRounding_s = 1e-9;

Fragment fragment(const std::string& id, RecordingKind kind, TimeInterval interval, double group_s) {
  return {.recording_id = id, .kind = kind, .interval = interval, .time_map = {{{0, group_s}, interval}}};
}

/// Seconds 10 to 20 of the original; the hum of it slows down after 6 s.
FragmentGroup hummed() {
  Fragment hum = fragment("hum", RecordingKind::kHumming, {1, 15}, 10);
  hum.time_map = {{{0, 6}, {1, 7}}, {{6, 10}, {7, 15}}};
  return {.group_id = "h",
          .song_id = "song",
          .duration_s = 10,
          .fragments = {fragment("original", RecordingKind::kOriginal, {10, 20}, 10), hum},
          .original_id = "original",
          .original_start_s = 10};
}

/// Seconds 14 to 30 of the original, found at 114 to 130 of a cover and at 54 to 70 of another.
FragmentGroup mined() {
  return {.group_id = "m",
          .song_id = "song",
          .duration_s = 16,
          .fragments = {fragment("original", RecordingKind::kOriginal, {14, 30}, 16),
                        fragment("cover1", RecordingKind::kCover, {114, 130}, 16),
                        fragment("cover2", RecordingKind::kCover, {54, 70}, 16)}};
}

TEST(JoinedGroups, HoldTheFragmentsOfBothOverWhatTheyShareOfTheOriginal) {
  const auto joined = join_groups({hummed()}, {mined()}, 3);
  ASSERT_EQ(joined.size(), 1U);
  const FragmentGroup& group = joined[0];
  EXPECT_EQ(group.group_id, "h+m");
  EXPECT_EQ(group.song_id, "song");
  EXPECT_EQ(group.duration_s, 6);
  EXPECT_EQ(group.original_id, "original");
  EXPECT_EQ(group.original_start_s, 14);
  ASSERT_EQ(group.fragments.size(), 4U) << "the original once";
  EXPECT_EQ(group.fragments[0].recording_id, "original");
  EXPECT_EQ(group.fragments[0].interval, (TimeInterval{14, 20}));
  EXPECT_EQ(group.fragments[1].recording_id, "hum");
  EXPECT_EQ(group.fragments[1].interval, (TimeInterval{5, 15}));
  EXPECT_EQ(group.fragments[2].interval, (TimeInterval{114, 120}));
  EXPECT_EQ(group.fragments[3].interval, (TimeInterval{54, 60}));
}

TEST(PropertyJoinedGroups, EveryFragmentKeepsItsPlaceInTheOriginal) {
  const FragmentGroup left = hummed(), right = mined(), both = join_groups({left}, {right}, 3).at(0);
  for (double t_s = 0; t_s <= both.duration_s; t_s += 0.25) {
    const double original_s = both.fragments[0].to_recording_s(t_s);
    EXPECT_NEAR(both.fragments[1].to_recording_s(t_s), left.fragments[1].to_recording_s(original_s - 10),
                kRounding_s);
    for (const size_t cover : {1U, 2U})
      EXPECT_NEAR(both.fragments[cover + 1].to_recording_s(t_s),
                  right.fragments[cover].to_recording_s(original_s - 14), kRounding_s);
  }
}

TEST(JoinedGroups, NeedEnoughOfTheSameOriginal) {
  EXPECT_EQ(join_groups({hummed()}, {mined()}, 6).size(), 1U);
  EXPECT_TRUE(join_groups({hummed()}, {mined()}, 6.001).empty());
  FragmentGroup other = mined();
  other.fragments[0].recording_id = "another original";
  EXPECT_TRUE(join_groups({hummed()}, {other}, 3).empty());
  other.fragments.erase(other.fragments.begin());
  EXPECT_TRUE(join_groups({hummed()}, {other}, 3).empty()) << "a group without its original";
  EXPECT_TRUE(join_groups({other}, {hummed()}, 3).empty());
  EXPECT_TRUE(join_groups({}, {mined()}, 3).empty());
  EXPECT_TRUE(join_groups({hummed()}, {}, 3).empty());
}

TEST(JoinedGroups, StandInTheOrderOfTheLeftThenTheRight) {
  FragmentGroup second = hummed(), other = mined();
  second.group_id = "h2";
  other.group_id = "m2";
  std::vector<std::string> ids;
  for (const auto& group : join_groups({hummed(), second}, {mined(), other}, 3))
    ids.push_back(group.group_id);
  EXPECT_EQ(ids, (std::vector<std::string>{"h+m", "h+m2", "h2+m", "h2+m2"}));
}

}  // namespace
}  // namespace melomine::datasets
