#include "retrieval/near_duplicates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace melomine::retrieval {
namespace {

using dsp::Landmark;

/// Landmarks of a recording drawn by a seed, 10 a second.
std::vector<Landmark> recording(uint64_t seed, double duration_s) {
  RandomStream random({seed});
  std::vector<Landmark> all;
  const auto frames = static_cast<int32_t>(duration_s / dsp::kLandmarkHop_s);
  for (int32_t frame = 0; frame < frames; frame += 3)
    all.push_back({static_cast<uint32_t>(random.bits() % (1U << dsp::kLandmarkHashBits)), frame});
  return all;
}

/// From `first` on, `lost` of ten landmarks replaced, each up to a frame late.
std::vector<Landmark> copy_of(const std::vector<Landmark>& whole, int32_t first, int32_t count, int lost) {
  std::vector<Landmark> copy;
  RandomStream random({99});
  for (const Landmark& landmark : whole) {
    if (landmark.frame < first || landmark.frame >= first + count) continue;
    const bool kept = static_cast<int>(copy.size() % 10) >= lost;
    const auto late = static_cast<int32_t>(copy.size() % 2);
    copy.push_back(
        {kept ? landmark.hash : static_cast<uint32_t>(random.bits() % 1000), landmark.frame - first + late});
  }
  return copy;
}

class NearDuplicates : public ::testing::Test {
 protected:
  NearDuplicates() {
    for (uint64_t i = 0; i < 20; ++i) table_.add(static_cast<int64_t>(i), recording(i, 60));
    table_.sort();
  }
  LandmarkTable table_;
};

TEST_F(NearDuplicates, ACutAndDamagedCopyIsFoundWithItsOffset) {
  const auto query = copy_of(recording(7, 60), 625, 625, 5);  // 20 s from 20 s on, half its landmarks lost
  const auto found = table_.find(query, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].recording, 7);
  EXPECT_NEAR(found[0].offset_s, 20, 0.1);
  EXPECT_NEAR(found[0].overlap_s, 20, 0.2);
  EXPECT_NEAR(found[0].share, 0.5, 0.05);
}

TEST_F(NearDuplicates, ALongerRecordingThatHoldsOneIsFoundBeforeItsStart) {
  auto query = recording(55, 30);
  for (Landmark landmark : recording(3, 60)) {
    landmark.frame += 1250;  // 40 s
    query.push_back(landmark);
  }
  const auto found = table_.find(query, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].recording, 3);
  EXPECT_NEAR(found[0].offset_s, -40, 0.1);
}

TEST_F(NearDuplicates, AnotherRecordingIsNone) {
  EXPECT_TRUE(table_.find(recording(1000, 60), {}).empty());
  EXPECT_TRUE(table_.find({}, {}).empty());
}

TEST_F(NearDuplicates, TheSameLandmarksAtOtherTimesAreNone) {
  auto query = recording(7, 60);
  RandomStream random({5});
  for (Landmark& landmark : query) landmark.frame = static_cast<int32_t>(random.bits() % 1875);
  std::sort(query.begin(), query.end(), [](const auto& a, const auto& b) { return a.frame < b.frame; });
  EXPECT_TRUE(table_.find(query, {}).empty());
}

TEST_F(NearDuplicates, TooFewVotesOrTooShortAStretchIsNone) {
  const auto query = copy_of(recording(7, 60), 0, 90, 0);  // 2.9 s
  EXPECT_TRUE(table_.find(query, {}).empty());
  EXPECT_EQ(table_.find(query, {.min_overlap_s = 2}).size(), 1U);
  EXPECT_TRUE(table_.find(query, {.min_votes = 31, .min_overlap_s = 2}).empty());
}

TEST(NearDuplicatesTable, NothingIsFoundInNothing) {
  LandmarkTable table;
  table.sort();
  EXPECT_TRUE(table.find(recording(1, 10), {}).empty());
}

}  // namespace
}  // namespace melomine::retrieval
