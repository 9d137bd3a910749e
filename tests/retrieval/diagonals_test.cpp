#include "retrieval/diagonals.h"

#include <cblas.h>
#include <gtest/gtest.h>

#include <memory>

#include "core/random.h"

namespace melomine::retrieval {
namespace {

std::vector<float> random_values(int64_t count, uint64_t seed) {
  RandomStream random({stream_id("diagonals test"), seed});
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(random.normal()));
  return values;
}

TEST(DiagonalSums, EqualTheDefinition) {
  constexpr int64_t kColumns = 300;
  const auto matrix = random_values(40 * kColumns, 1);
  for (const int64_t rows : {1, 7, 40}) {
    for (const int64_t lags : {1, 63, 64, 65, 200, 261}) {
      std::vector<double> sums(static_cast<size_t>(lags), 0.5);
      add_diagonals(matrix.data(), rows, kColumns, lags, sums.data());
      for (int64_t i = 0; i < lags; ++i) {
        double expected = 0.5;
        for (int64_t r = 0; r < rows; ++r)
          expected += static_cast<double>(matrix[static_cast<size_t>(r * kColumns + r + i)]);
        EXPECT_EQ(sums[static_cast<size_t>(i)], expected) << rows << " rows, lag " << i;
      }
    }
  }
}

TEST(DiagonalSums, OfDoublesAreThoseOfFloats) {
  const std::vector<float> narrow = random_values(20 * 90, 2);
  const std::vector<double> wide(narrow.begin(), narrow.end());
  std::vector<double> of_floats(71), of_doubles(71);
  add_diagonals(narrow.data(), 20, 90, 71, of_floats.data());
  add_diagonals(wide.data(), 20, 90, 71, of_doubles.data());
  EXPECT_EQ(of_floats, of_doubles);
}

TEST(SingleThreadedBlas, GivesBackTheThreadsAfterTheLastInWhateverOrder) {
  const int before = openblas_get_num_threads();
  openblas_set_num_threads(2);
  auto first = std::make_unique<SingleThreadedBlas>();
  auto second = std::make_unique<SingleThreadedBlas>();
  first.reset();
  EXPECT_EQ(openblas_get_num_threads(), 1) << "the second still needs it";
  second.reset();
  EXPECT_EQ(openblas_get_num_threads(), 2);
  openblas_set_num_threads(before);
}

}  // namespace
}  // namespace melomine::retrieval
