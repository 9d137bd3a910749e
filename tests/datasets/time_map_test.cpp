#include "datasets/time_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine::datasets {
namespace {

TruthRow truth(TimeInterval original, TimeInterval recording) {
  return {"s", "o", "r", RecordingKind::kCover, original, recording, 0};
}

Fragment fragment_with(std::vector<LinearMap> map) {
  return {"r", RecordingKind::kCover, {10, 20}, std::move(map)};
}

TEST(TimeMap, OnePieceIsAStraightLineThatGoesOn) {
  const Fragment f = fragment_with({{{0, 10}, {100, 112}}});
  EXPECT_DOUBLE_EQ(f.to_recording_s(0), 100);
  EXPECT_DOUBLE_EQ(f.to_recording_s(5), 106);
  EXPECT_DOUBLE_EQ(f.to_recording_s(-5), 94);
  EXPECT_DOUBLE_EQ(f.to_recording_s(20), 124);
}

TEST(TimeMap, PiecesApplyWhereTheyLieAndTheNearestElsewhere) {
  // Tempo 1 then 2; a gap between 8 and 10.
  const Fragment f = fragment_with({{{0, 4}, {50, 54}}, {{4, 8}, {54, 56}}, {{10, 12}, {70, 72}}});
  EXPECT_DOUBLE_EQ(f.to_recording_s(3), 53);
  EXPECT_DOUBLE_EQ(f.to_recording_s(4), 54);
  EXPECT_DOUBLE_EQ(f.to_recording_s(6), 55);
  EXPECT_DOUBLE_EQ(f.to_recording_s(8.5), 56.25);
  EXPECT_DOUBLE_EQ(f.to_recording_s(9.5), 69.5);
  EXPECT_DOUBLE_EQ(f.to_recording_s(13), 73);
}

TEST(PropertyTimeMap, RecordingTimeGoesBackToGroupTime) {
  const Fragment bent = fragment_with({{{0, 4}, {50, 54}}, {{4, 8}, {54, 56}}, {{10, 12}, {56, 58}}});
  for (double recording_s = 45; recording_s < 60; recording_s += 0.37)
    EXPECT_NEAR(bent.to_recording_s(bent.to_group_s(recording_s)), recording_s, 1e-9) << recording_s;
  EXPECT_DOUBLE_EQ(bent.to_group_s(55), 6);
  EXPECT_DOUBLE_EQ(bent.to_group_s(56), 10) << "at a common end the later piece holds";
  EXPECT_DOUBLE_EQ(bent.to_group_s(48), -2);
  EXPECT_DOUBLE_EQ(fragment_with({}).to_group_s(12), 2) << "without a map the fragment is the group";
}

TEST(TimeMap, AtACommonEndTheLaterPieceHolds) {
  const Fragment f = fragment_with({{{0, 4}, {50, 54}}, {{4, 8}, {60, 64}}});
  EXPECT_DOUBLE_EQ(f.to_recording_s(4), 60);
}

TEST(TimeMap, WithoutPiecesTheFragmentRunsAtTheGroupsTempo) {
  EXPECT_DOUBLE_EQ(fragment_with({}).to_recording_s(2.5), 12.5);
}

TEST(TimeMap, TruthIsCutToBothIntervals) {
  // The recording is 1.25 times as fast. Group: [30, 40) of the original; fragment: from 24 on.
  const TruthRow row = truth({20, 60}, {16, 48});
  const auto map = truth_time_map({&row}, {30, 40}, {24.8, 40});
  ASSERT_EQ(map.size(), 1u);
  EXPECT_NEAR(map[0].from.start_s, 1, 1e-9);
  EXPECT_NEAR(map[0].from.end_s, 10, 1e-9);
  EXPECT_NEAR(map[0].to.start_s, 24.8, 1e-9);
  EXPECT_NEAR(map[0].to.end_s, 32, 1e-9);
}

TEST(TimeMap, DriftGivesSeveralPiecesInOrder) {
  const TruthRow a = truth({0, 10}, {0, 9}), b = truth({10, 20}, {9, 20});
  const auto map = truth_time_map({&b, &a}, {4, 16}, {3.6, 15.6});
  ASSERT_EQ(map.size(), 2u);
  const Fragment f = fragment_with(map);
  EXPECT_NEAR(f.to_recording_s(0), 3.6, 1e-9);
  EXPECT_NEAR(f.to_recording_s(6), 9, 1e-9);
  EXPECT_NEAR(f.to_recording_s(12), 15.6, 1e-9);
}

TEST(TimeMap, OfRepeatsTheOneInTheFragmentIsTaken) {
  // The chorus of the original (10-20) is sung twice in the recording, and once more elsewhere.
  const TruthRow first = truth({10, 20}, {5, 15}), second = truth({10, 20}, {45, 55});
  const auto map = truth_time_map({&first, &second}, {10, 20}, {45, 55});
  ASSERT_EQ(map.size(), 1u);
  EXPECT_NEAR(map[0].to.start_s, 45, 1e-9);
  EXPECT_TRUE(truth_time_map({&first}, {10, 20}, {45, 55}).empty());
}

TEST(TimeMap, ImmediateRepeatsNeverRunBackwards) {
  // Two bars that repeat: every pair of occurrences has a row; only the diagonal is a time map.
  std::vector<TruthRow> rows;
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) rows.push_back(truth({4.0 * i, 4.0 * i + 4}, {5.0 * j, 5.0 * j + 5}));
  std::vector<const TruthRow*> pointers;
  for (const TruthRow& row : rows) pointers.push_back(&row);
  const auto map = truth_time_map(pointers, {0, 8}, {0, 10});
  ASSERT_EQ(map.size(), 2u);
  EXPECT_NEAR(map[0].to.start_s, 0, 1e-9);
  EXPECT_NEAR(map[1].to.start_s, 5, 1e-9);
}

TEST(TimeMap, TruthTableIsReadAndChecked) {
  const melomine::testing::TempFolder folder;
  const std::string header =
      "song_id,original_id,recording_id,kind,original_start_s,original_end_s,recording_start_s,"
      "recording_end_s,transposition_semitones\n";
  write_file_atomically(folder / "truth.csv", header + "s,o,h,humming,1,2.5,0,1.25,-12\n");
  const auto rows = read_truth_table(folder / "truth.csv");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].kind, RecordingKind::kHumming);
  EXPECT_EQ(rows[0].original, (TimeInterval{1, 2.5}));
  EXPECT_EQ(rows[0].recording, (TimeInterval{0, 1.25}));
  EXPECT_EQ(rows[0].transposition_semitones, -12);
  write_file_atomically(folder / "truth.csv", header + "s,o,h,humming,3,2.5,0,1.25,-12\n");
  EXPECT_THROW(read_truth_table(folder / "truth.csv"), DataError);
}

TEST(Truth, HasTheRowsOfEachPairInTheirOrder) {
  std::vector<TruthRow> rows = {truth({0, 1}, {5, 6}), truth({0, 1}, {7, 8}), truth({1, 2}, {9, 10})};
  rows[1].recording_id = "other";
  const Truth by_pair(std::move(rows));
  ASSERT_EQ(by_pair.of("o", "r").size(), 2u);
  EXPECT_EQ(by_pair.of("o", "r")[0]->recording.start_s, 5);
  EXPECT_EQ(by_pair.of("o", "r")[1]->recording.start_s, 9);
  EXPECT_EQ(by_pair.of("o", "other").size(), 1u);
  EXPECT_TRUE(by_pair.of("r", "o").empty());
}

}  // namespace
}  // namespace melomine::datasets
