#include <gtest/gtest.h>

#include "core/error.h"
#include "mining/fragmentation.h"
#include "tests/mining/planted.h"

namespace melomine::mining {
namespace {

using testing::kWindow_s;
using testing::random_sequence;

TEST(Slice, RowsThatFitFromTheNearestOn) {
  const auto z = random_sequence(100, 4, 1);  // windows of 3 s every 0.25 s: 27.75 s
  const auto first_row = [&](const SequenceSlice& s) { return (s.rows.values - z.values.data()) / z.dim; };
  const auto exact = slice(z, {5, 15}, kWindow_s);
  EXPECT_EQ(first_row(exact), 20);
  EXPECT_EQ(exact.rows.steps, 29);
  EXPECT_NEAR(exact.offset_s, 0, 1e-12);
  const auto late = slice(z, {5.1, 15.1}, kWindow_s);
  EXPECT_EQ(first_row(late), 20);
  EXPECT_EQ(late.rows.steps, 29);
  EXPECT_NEAR(late.offset_s, -0.1, 1e-12);
  const auto early = slice(z, {5.2, 15.1}, kWindow_s);
  EXPECT_EQ(first_row(early), 21);
  EXPECT_EQ(early.rows.steps, 28);
  EXPECT_NEAR(early.offset_s, 0.05, 1e-12);
}

TEST(Slice, AtLeastOneRowAndNoneBeyondTheEnd) {
  const auto z = random_sequence(100, 4, 1);
  EXPECT_EQ(slice(z, {5, 6}, kWindow_s).rows.steps, 1);
  const auto end = slice(z, {20, 40}, kWindow_s);
  EXPECT_EQ(end.rows.values + end.rows.steps * z.dim, z.values.data() + z.values.size());
  const auto beyond = slice(z, {27, 28}, kWindow_s);
  EXPECT_EQ(beyond.rows.steps, 1);
  EXPECT_NEAR(beyond.offset_s, 24.75 - 27, 1e-12);
  retrieval::FingerprintSequence empty = z;
  empty.steps = 0, empty.values.clear();
  EXPECT_THROW(slice(empty, {5, 6}, kWindow_s), ShapeError);
}

TEST(PropertySlice, EqualDurationsHaveEqualRowsWhereverTheyStart) {
  const auto z = random_sequence(400, 4, 1);
  for (double start_s = 0; start_s < 60; start_s += 0.0371)
    EXPECT_EQ(slice(z, {start_s, start_s + 12.5}, kWindow_s).rows.steps, 39) << start_s;
}

}  // namespace
}  // namespace melomine::mining
