#include "library/agreeing_steps.h"

#include <gtest/gtest.h>

#include "tests/library/planted_songs.h"

namespace melomine::library {
namespace {

using testing::planted_sequence;

TEST(AgreeingSteps, AreThoseOfTheSong) {
  constexpr int64_t kDim = 32;
  const auto song = planted_sequence(1, 80, kDim), other = planted_sequence(2, 40, kDim);
  std::vector<int16_t> fixed(song.values.size());
  retrieval::to_fixed(retrieval::view(song), fixed.data());
  const retrieval::FixedView stored{.values = fixed.data(), .steps = 80, .dim = kDim};
  retrieval::FingerprintSequence query = other;  // 40 steps, of which [12, 30) are the song's from 50 on
  std::copy(song.values.begin() + 50 * kDim, song.values.begin() + 68 * kDim,
            query.values.begin() + 12 * kDim);
  StepRange range = agreeing_steps(query, stored, 38, 0);
  EXPECT_NEAR(static_cast<double>(range.first), 12, 1);
  EXPECT_NEAR(static_cast<double>(range.last), 30, 1);
  range = agreeing_steps(query, stored, 37, 1);
  EXPECT_NEAR(static_cast<double>(range.first), 12, 2) << "a step off";
  range = agreeing_steps(planted_sequence(3, 20, kDim), stored, 70, 0);
  EXPECT_LE(range.last, 10) << "steps that have nothing under them do not agree";
}

TEST(AgreeingSteps, ASongOfOneStepTellsNothing) {
  const std::vector<int16_t> fixed = {retrieval::kFixedOne, 0};
  const retrieval::FingerprintSequence query{.steps = 2, .dim = 2, .hop_s = 1, .values = {1, 0, 0, 1}};
  const StepRange range = agreeing_steps(query, {.values = fixed.data(), .steps = 1, .dim = 2}, 0, 0);
  EXPECT_EQ(range.first, range.last);
}

}  // namespace
}  // namespace melomine::library
