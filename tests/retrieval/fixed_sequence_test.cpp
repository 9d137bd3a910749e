#include "retrieval/fixed_sequence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "core/error.h"
#include "retrieval/fixed_product.h"
#include "tests/retrieval/fixed_rows.h"

namespace melomine::retrieval {
namespace {

TEST(FixedSequence, RoundsAndClamps) {
  const std::vector<float> rows{1, 0, -1, 0, 0.6F, -0.8F, 0, 0};
  std::vector<int16_t> fixed(rows.size());
  to_fixed({rows.data(), 4, 2}, fixed.data());
  EXPECT_EQ(fixed, (std::vector<int16_t>{32767, 0, -32767, 0, 19660, -26214, 0, 0}));
  const std::vector<float> back = from_fixed({fixed.data(), 4, 2});
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_NEAR(back[i], rows[i], 0.5 / kFixedOne + 1e-7) << i;
}

TEST(FixedSequence, StepsThatDoNotCountAreZeros) {
  const std::vector<float> rows{0.6F, 0.8F, 0.6F, 0.8F};
  const std::vector<uint8_t> voiced{0, 1};
  std::vector<int16_t> fixed(4, 7);
  to_fixed({rows.data(), 2, 2, voiced.data()}, fixed.data());
  EXPECT_EQ(fixed, (std::vector<int16_t>{0, 0, 19660, 26214}));
  const FixedQuery query({rows.data(), 2, 2, voiced.data()});
  EXPECT_EQ(query.voiced(), (std::vector<double>{0, 1}));
  EXPECT_EQ(query.voiced_steps(), 1);
  EXPECT_EQ(query.sums(), (std::vector<double>{0, 19660 + 26214}));
}

TEST(FixedSequence, RefusesWhatIsNoUnitRow) {
  int16_t fixed[4];
  for (const float bad :
       {1.01F, -1.002F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::vector<float> rows{1, 0, bad, 0};
    EXPECT_THROW(to_fixed({rows.data(), 2, 2}, fixed), DataError) << bad;
  }
  const std::vector<float> near{1.0009F, 0, 0, 0.5F};
  EXPECT_NO_THROW(to_fixed({near.data(), 2, 2}, fixed));
  EXPECT_EQ(fixed[0], kFixedOne) << "a norm a little above 1 is 1";
  EXPECT_EQ(fixed[3], 16384) << "one below stays";
  EXPECT_THROW(FixedQuery({near.data(), 0, 2}), ShapeError);
}

/// All kernels by the sums of their definition, over dims and shapes that fill no vector or block. With rows
/// that lie in one value, or in one lane, the sums are as large as they can be.
TEST(FixedProduct, EveryKernelIsExact) {
  for (const int64_t dim : {1, 7, 16, 40, 128, 130}) {
    for (const bool largest : {false, true}) {
      FingerprintSequence a = unit_sequence(11, dim, 1), b = unit_sequence(39, dim, 2);
      for (FingerprintSequence* z : {&a, &b})
        for (int64_t t = 0; t < z->steps && largest; ++t) {
          std::fill_n(z->values.begin() + t * dim, dim, 0.0F);
          z->values[static_cast<size_t>(t * dim)] = -1;
        }
      const FixedQuery query(view(a));
      const FixedRows rows(b);
      const int64_t lags = 29;
      std::vector<int32_t> expected(11 * 39);
      for (int64_t i = 0; i < 11; ++i)
        for (int64_t j = 0; j < 39; ++j) {
          int64_t sum = 0;
          for (int64_t d = 0; d < dim; ++d) sum += int64_t{query.view().row(i)[d]} * rows.rows().row(j)[d];
          expected[static_cast<size_t>(i * 39 + j)] = static_cast<int32_t>(sum);
        }
      for (const FixedKernels& kernels : fixed_kernels()) {
        std::vector<int32_t> products(11 * 39);
        kernels.products({query.view(), rows.rows(), products.data(), 39});
        EXPECT_EQ(products, expected) << kernels.name << " " << dim;
        std::vector<int64_t> sums(static_cast<size_t>(lags));
        kernels.slide({query.view(), rows.rows().values, lags, query.group_ends(), sums.data()});
        for (int64_t i = 0; i < lags; ++i) {
          int64_t sum = 0;
          for (int64_t t = 0; t < 11; ++t) sum += expected[static_cast<size_t>(t * 39 + t + i)];
          EXPECT_EQ(sums[static_cast<size_t>(i)], sum) << kernels.name << " " << dim << " " << i;
        }
        std::vector<double> sum(39), square(39);
        kernels.row_sums(rows.rows(), sum.data(), square.data());
        for (int64_t j = 0; j < 39; ++j) {
          double x = 0, xx = 0;
          for (int64_t d = 0; d < dim; ++d) {
            const double value = rows.rows().row(j)[d];
            x += value;
            xx += value * value;
          }
          EXPECT_EQ(sum[static_cast<size_t>(j)], x) << kernels.name;
          EXPECT_EQ(square[static_cast<size_t>(j)], xx) << kernels.name;
        }
      }
    }
  }
}

TEST(FixedProduct, GroupsOfStepsFit32Bits) {
  const FingerprintSequence z = unit_sequence(21, 128, 3);
  const FixedQuery usual(view(z));
  EXPECT_LE(usual.group_ends().size(), 6u) << "several steps share a group";
  EXPECT_EQ(usual.group_ends().back(), 21);
  FingerprintSequence one_value{9, 128, 0.25, 0, std::vector<float>(9 * 128)};
  for (size_t t = 0; t < 9; ++t) one_value.values[t * 128] = 1;
  EXPECT_EQ(FixedQuery(view(one_value)).group_ends().size(), 9u) << "two products of 1 could be too many";
}

}  // namespace
}  // namespace melomine::retrieval
