#include "datasets/stretches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace melomine::datasets {
namespace {

using ::testing::ElementsAre;

/// A group of seconds `place` of the original `o`, found at `found` of the cover `c`.
FragmentGroup group_at(const TimeInterval& place, const TimeInterval& found, const std::string& cover = "c") {
  const double length_s = place.duration_s();
  return {.group_id = "g",
          .song_id = "s",
          .duration_s = length_s,
          .fragments = {{"o", RecordingKind::kOriginal, place, {{{0, length_s}, place}}},
                        {cover, RecordingKind::kCover, found, {{{0, length_s}, found}}}},
          .original_id = "o",
          .original_start_s = place.start_s};
}

TEST(Stretches, AreThoseOfTheOriginalsTime) {
  const FragmentGroup a = group_at({10, 20}, {110, 120}), b = group_at({16, 30}, {116, 130});
  const Stretches stretches({a, b});
  EXPECT_THAT(stretches.of(a, {2, 5}).parts, ElementsAre(TimeInterval{12, 15}));
  EXPECT_FALSE(are_apart(stretches.of(a, {5, 8}), stretches.of(b, {0, 3}))) << "16 to 18 s are common";
  EXPECT_TRUE(are_apart(stretches.of(a, {5, 8}), stretches.of(b, {2, 5})))
      << "one ends where the other begins";
  EXPECT_TRUE(are_apart(stretches.of(b, {2, 5}), stretches.of(a, {5, 8})));
  EXPECT_TRUE(are_apart(stretches.of(a, {0, 3}), stretches.of(a, {3, 6}))) << "two windows of one group, too";
}

TEST(Stretches, OfUnknownPlacesOrTwoOriginalsAreNotKnownToDiffer) {
  const FragmentGroup known = group_at({10, 20}, {110, 120});
  FragmentGroup unknown = group_at({40, 50}, {140, 150}), other = unknown;
  unknown.original_id.clear();
  other.original_id = "another";
  const Stretches stretches({known, unknown, other});
  const Stretch a = stretches.of(known, {0, 3});
  for (const FragmentGroup* group : {&unknown, &other}) {
    EXPECT_FALSE(are_apart(a, stretches.of(*group, {0, 3})));
    EXPECT_FALSE(are_apart(stretches.of(*group, {0, 3}), a));
  }
  EXPECT_FALSE(are_apart(stretches.of(unknown, {0, 3}), stretches.of(unknown, {6, 9})));
}

TEST(Stretches, ThatOnePlaceOfACoverIsMappedToHoldOneMelody) {
  // The cover sings once, 30 to 40 s, what the original sings at 10 and, twice as slowly, at 50 s.
  const FragmentGroup first = group_at({10, 20}, {30, 40}), second = group_at({50, 70}, {30, 40}),
                      elsewhere = group_at({80, 90}, {60, 70});
  const Stretches stretches({first, second, elsewhere});
  EXPECT_THAT(stretches.of(first, {2, 5}).parts, ElementsAre(TimeInterval{12, 15}, TimeInterval{54, 60}));
  EXPECT_THAT(stretches.of(second, {4, 10}).parts, ElementsAre(TimeInterval{12, 15}, TimeInterval{54, 60}));
  EXPECT_FALSE(are_apart(stretches.of(first, {2, 5}), stretches.of(second, {9, 12})));
  EXPECT_TRUE(are_apart(stretches.of(first, {2, 5}), stretches.of(second, {10, 13})))
      << "a later line of the verse";
  EXPECT_TRUE(are_apart(stretches.of(first, {2, 5}), stretches.of(elsewhere, {2, 5})));
  const Stretches apart({group_at({10, 20}, {30, 40}), group_at({50, 70}, {30, 40}, "another cover")});
  EXPECT_TRUE(are_apart(apart.of(first, {2, 5}), apart.of(second, {4, 10}))) << "two covers have two times";
}

TEST(Stretches, ThatTruthMapsToOnePlaceOfAHumHoldOneMelody) {
  FragmentGroup hummed = group_at({10, 20}, {1, 9}, "hum");
  const FragmentGroup mined = group_at({50, 60}, {150, 160}), bridge = group_at({70, 80}, {170, 180});
  EXPECT_TRUE(
      are_apart(Stretches({hummed, mined}).of(hummed, {2, 5}), Stretches({hummed, mined}).of(mined, {2, 5})));
  hummed.same_notes = {{"hum", {{10, 20}, {1, 9}}}, {"hum", {{50, 60}, {1, 9}}}};
  const Stretches stretches({mined, bridge, hummed});
  EXPECT_FALSE(are_apart(stretches.of(hummed, {2, 5}), stretches.of(mined, {2, 5})));
  EXPECT_TRUE(are_apart(stretches.of(hummed, {2, 5}), stretches.of(mined, {5, 8})));
  EXPECT_TRUE(are_apart(stretches.of(hummed, {2, 5}), stretches.of(bridge, {2, 5})));
}

TEST(Stretches, ThatTruthMapsOntoEachOtherHoldOneMelody) {
  FragmentGroup first = group_at({10, 20}, {1, 9}, "hum");
  const FragmentGroup second = group_at({50, 60}, {150, 160});
  for (const auto& [from, to] : {std::pair(TimeInterval{10, 20}, TimeInterval{50, 60}),
                                 std::pair(TimeInterval{50, 60}, TimeInterval{10, 20})}) {
    first.same_notes = {{"o", {from, to}}};
    const Stretches stretches({first, second});
    EXPECT_FALSE(are_apart(stretches.of(first, {2, 5}), stretches.of(second, {2, 5})));
    EXPECT_TRUE(are_apart(stretches.of(first, {2, 5}), stretches.of(second, {5, 8})));
  }
}

TEST(Stretches, MapsThatDifferByRoundingMakeNoRepeats) {
  const FragmentGroup a = group_at({10, 20}, {110, 120}), b = group_at({16, 30}, {116.03, 130.03});
  EXPECT_THAT(Stretches({a, b}).of(a, {5, 8}).parts, ElementsAre(TimeInterval{15, 18}));
  // Neighbours whose places in the cover overlap by as much.
  const FragmentGroup c = group_at({40, 50}, {119.96, 130});
  EXPECT_THAT(Stretches({a, c}).of(a, {7, 10}).parts, ElementsAre(TimeInterval{17, 20}));
}

}  // namespace
}  // namespace melomine::datasets
