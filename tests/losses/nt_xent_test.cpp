#include "losses/nt_xent.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "losses/multi_similarity_miner.h"
#include "tests/losses/rows.h"
#include "tests/support/gradcheck.h"

namespace melomine::losses {
namespace {

using testing::expect_numeric_gradient;

/// Equation (1) and its standard form once more, by loops over plain numbers.
double by_hand(const torch::Tensor& z, const torch::Tensor& groups, double temperature,
               Denominator denominator) {
  const auto similarity = z.mm(z.t()) / temperature;
  const auto s = similarity.accessor<double, 2>();
  const auto g = groups.accessor<int64_t, 1>();
  double sum = 0;
  int count = 0;
  for (int64_t i = 0; i < z.size(0); ++i)
    for (int64_t j = 0; j < z.size(0); ++j) {
      if (i == j || g[i] != g[j]) continue;
      double below = denominator == Denominator::kStandard ? std::exp(s[i][j]) : 0;
      for (int64_t k = 0; k < z.size(0); ++k)
        if (g[k] != g[i]) below += std::exp(s[i][k]);
      sum -= std::log(std::exp(s[i][j]) / below);
      ++count;
    }
  return sum / count;
}

class NtXentBoth : public ::testing::TestWithParam<Denominator> {};

TEST_P(NtXentBoth, IsTheFormula) {
  const auto z = random_rows(9, 5);
  const auto groups = labels({3, 3, 3, 8, 8, 1, 1, 1, 1});
  NtXent loss({.temperature = 0.2, .denominator = GetParam()});
  EXPECT_NEAR(loss.forward({.z = z, .pairs = group_pairs(groups)}).item<double>(),
              by_hand(z, groups, 0.2, GetParam()), 1e-12);
}

TEST_P(NtXentBoth, IgnoresTheOrderOfRowsAndTheNamesOfGroups) {
  const auto z = random_rows(12, 6);
  const auto groups = labels({0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 3});
  const auto order = torch::randperm(12);
  NtXent loss({.denominator = GetParam()});
  const double value = loss.forward({.z = z, .pairs = group_pairs(groups)}).item<double>();
  const LossInput shuffled{.z = z.index_select(0, order),
                           .pairs = group_pairs(groups.index_select(0, order) * 7 + 100)};
  EXPECT_NEAR(loss.forward(shuffled).item<double>(), value, 1e-11);
}

TEST_P(NtXentBoth, HasTheNumericGradient) {
  const auto z = random_rows(7, 4).requires_grad_();
  const auto groups = labels({0, 0, 0, 1, 1, 2, 3});
  NtXent loss({.temperature = 0.3, .denominator = GetParam()});
  expect_numeric_gradient([&] { return loss.forward({.z = z, .pairs = group_pairs(groups)}); }, {z});
}

TEST_P(NtXentBoth, HasTheNumericGradientOnMinedPairs) {
  const auto z = random_rows(8, 4).requires_grad_();
  const auto groups = labels({0, 0, 0, 1, 1, 1, 2, 2});
  const auto mined = MultiSimilarityMiner({.epsilon = 0.1}).mine(z, group_pairs(groups));
  ASSERT_GT(mined.positive.sum().item<int64_t>(), 0);
  ASSERT_LT(mined.negative.sum().item<int64_t>(), group_pairs(groups).negative.sum().item<int64_t>());
  NtXent loss({.temperature = 0.3, .denominator = GetParam()});
  expect_numeric_gradient([&] { return loss.forward({.z = z, .pairs = mined}); }, {z});
}

TEST_P(NtXentBoth, NothingMinedIsZeroWithAGraph) {
  const auto z = random_rows(4, 3).requires_grad_();
  const auto none = torch::zeros({4, 4}, torch::kBool);
  NtXent loss({.denominator = GetParam()});
  auto value = loss.forward({.z = z, .pairs = {none, none}});
  EXPECT_EQ(value.item<double>(), 0);
  value.backward();
  EXPECT_EQ(z.grad().abs().max().item<double>(), 0);
}

TEST_P(NtXentBoth, AnAnchorWithoutNegativesLeavesFiniteGradients) {
  const auto z = random_rows(4, 3).requires_grad_();
  auto mined = group_pairs(labels({0, 0, 1, 1}));
  mined.negative[0].fill_(false);
  NtXent loss({.denominator = GetParam()});
  auto value = loss.forward({.z = z, .pairs = mined});
  value.backward();
  EXPECT_TRUE(std::isfinite(value.item<double>()));
  EXPECT_TRUE(torch::isfinite(z.grad()).all().item<bool>());
}

TEST_P(NtXentBoth, KeepsFiniteInSinglePrecisionAtTinyTemperature) {
  const auto z = random_rows(6, 3).to(torch::kFloat32).requires_grad_();
  NtXent loss({.temperature = 1e-3, .denominator = GetParam()});
  auto value = loss.forward({.z = z, .pairs = group_pairs(labels({0, 0, 1, 1, 2, 2}))});
  value.backward();
  EXPECT_TRUE(std::isfinite(value.item<double>()));
  EXPECT_TRUE(torch::isfinite(z.grad()).all().item<bool>());
}

TEST_P(NtXentBoth, ShowsDivergence) {
  auto z = random_rows(4, 3);
  z[1][1] = std::nan("");
  NtXent loss({.denominator = GetParam()});
  EXPECT_TRUE(std::isnan(loss.forward({.z = z, .pairs = group_pairs(labels({0, 0, 1, 1}))}).item<double>()));
  // The miner keeps nothing of rows it cannot compare; the zero that is left must not hide it.
  const auto mined = MultiSimilarityMiner().mine(z, group_pairs(labels({0, 0, 1, 1})));
  EXPECT_TRUE(std::isnan(loss.forward({.z = z, .pairs = mined}).item<double>()));
}

TEST_P(NtXentBoth, RefusesPairsThatAreNotOfTheBatch) {
  NtXent loss({.denominator = GetParam()});
  EXPECT_THROW(loss.forward({.z = random_rows(3, 4)}), ShapeError);
  EXPECT_THROW(loss.forward({.z = random_rows(3, 4), .pairs = group_pairs(labels({0, 0, 1, 1}))}),
               ShapeError);
  EXPECT_THROW(loss.forward({.pairs = group_pairs(labels({0, 0, 1, 1}))}), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Denominators, NtXentBoth,
                         ::testing::Values(Denominator::kNegatives, Denominator::kStandard),
                         [](const auto& instance) {
                           return instance.param == Denominator::kNegatives ? "Negatives" : "Standard";
                         });

TEST(NtXent, OrthogonalGroupsHaveAClosedForm) {
  // Two groups of two equal rows, orthogonal: <z_i, z_j> = 1, and two negatives at 0.
  const auto z = torch::eye(2, torch::kFloat64).repeat_interleave(2, 0);
  const auto groups = labels({0, 0, 1, 1});
  NtXent negatives({.temperature = 0.5}),
      standard({.temperature = 0.5, .denominator = Denominator::kStandard});
  EXPECT_NEAR(negatives.forward({.z = z, .pairs = group_pairs(groups)}).item<double>(), std::log(2) - 2,
              1e-14);
  EXPECT_NEAR(standard.forward({.z = z, .pairs = group_pairs(groups)}).item<double>(),
              std::log(1 + 2 * std::exp(-2.0)), 1e-14);
}

TEST(NtXent, OneGroupAloneIsZero) {
  const auto z = random_rows(3, 4);
  NtXent negatives, standard({.denominator = Denominator::kStandard});
  EXPECT_EQ(negatives.forward({.z = z, .pairs = group_pairs(labels({5, 5, 5}))}).item<double>(), 0);
  EXPECT_EQ(standard.forward({.z = z, .pairs = group_pairs(labels({5, 5, 5}))}).item<double>(), 0);
}

TEST(NtXent, RefusesATemperatureThatIsNotPositive) {
  EXPECT_THROW(NtXent({.temperature = 0}), ConfigError);
  EXPECT_THROW(NtXent({.temperature = -0.1}), ConfigError);
  EXPECT_THROW(NtXent({.temperature = std::nan("")}), ConfigError);
}

TEST(MultiSimilarityMiner, KeepsWhatIsHard) {
  // Angles in degrees; group 0: 0 and 60 (cos .5); group 1: 40 and 45.
  const double pi = std::acos(-1.0);
  const auto angles = torch::tensor({0.0, 60.0, 40.0, 45.0}, torch::kFloat64) * pi / 180;
  const auto z = torch::stack({angles.cos(), angles.sin()}, 1);
  const auto mined = MultiSimilarityMiner({.epsilon = 0.1}).mine(z, group_pairs(labels({0, 0, 1, 1})));
  // Of 0: its positive (.5) is less like it than the negatives (.77, .71), all stay. Of 40 and 45: the
  // positive at cos 5 = .996 stays only where a negative comes within 0.1: cos 15 = .966 of 45, cos 20 = .940
  // of 40; the negative at 0 degrees (.77, .71) is too far from both.
  EXPECT_TRUE(torch::equal(mined.positive, group_pairs(labels({0, 0, 1, 1})).positive));
  const auto expected =
      torch::tensor({{0, 0, 1, 1}, {0, 0, 1, 1}, {0, 1, 0, 0}, {0, 1, 0, 0}}).to(torch::kBool);
  EXPECT_TRUE(torch::equal(mined.negative, expected));
}

TEST(MultiSimilarityMiner, LeavesNothingWhereGroupsAreFarApart) {
  const auto z = torch::eye(2, torch::kFloat64).repeat_interleave(2, 0);
  const auto mined = MultiSimilarityMiner({.epsilon = 0.1}).mine(z, group_pairs(labels({0, 0, 1, 1})));
  EXPECT_FALSE(mined.positive.any().item<bool>());
  EXPECT_FALSE(mined.negative.any().item<bool>());
}

TEST(MultiSimilarityMiner, OneSidedAnchorsKeepNothing) {
  const auto z = random_rows(3, 4);
  const auto lonely = MultiSimilarityMiner({.epsilon = 2.0}).mine(z, group_pairs(labels({0, 1, 2})));
  EXPECT_FALSE(lonely.negative.any().item<bool>());
  const auto alike = MultiSimilarityMiner({.epsilon = 2.0}).mine(z, group_pairs(labels({0, 0, 0})));
  EXPECT_FALSE(alike.positive.any().item<bool>());
}

}  // namespace
}  // namespace melomine::losses
