#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "configs/config.h"
#include "core/error.h"
#include "losses/confidence.h"
#include "losses/max_hinge_triplet.h"
#include "losses/multi_similarity.h"
#include "losses/multi_similarity_miner.h"
#include "losses/nt_xent.h"
#include "losses/supcon.h"
#include "losses/triplet.h"
#include "losses/weighted_losses.h"
#include "tests/losses/rows.h"
#include "tests/support/gradcheck.h"

namespace melomine::losses {
namespace {

using testing::expect_numeric_gradient;

std::shared_ptr<Loss> made(const std::string& yaml) {
  auto loss = configs::parse_config<LossConfig>(yaml, "t.yaml").loss->make({.embedding_dim = 4});
  loss->to(torch::kFloat64);
  return loss;
}
double value_of(Loss& loss, const torch::Tensor& z, const PairMasks& pairs) {
  return loss.forward({.z = z, .pairs = pairs}).item<double>();
}
/// Two groups of two equal rows, orthogonal to each other's.
torch::Tensor orthogonal_rows() {
  return torch::eye(2, torch::kFloat64).repeat_interleave(2, 0);
}

/// What all losses over pairs have in common.
class PairLosses : public ::testing::TestWithParam<const char*> {
 protected:
  const std::shared_ptr<Loss> loss_ = made(GetParam());
};

TEST_P(PairLosses, HaveTheNumericGradient) {
  const auto z = random_rows(8, 4).requires_grad_();
  const auto all = group_pairs(labels({0, 0, 0, 1, 1, 2, 2, 3}));
  std::vector<torch::Tensor> inputs = loss_->parameters();
  inputs.push_back(z);
  for (const PairMasks& pairs : {all, MultiSimilarityMiner({.epsilon = 0.1}).mine(z, all)}) {
    ASSERT_TRUE(pairs.positive.any().item<bool>());
    expect_numeric_gradient([&] { return loss_->forward({.z = z, .pairs = pairs}); }, inputs);
  }
}

TEST_P(PairLosses, IgnoreTheOrderOfRowsAndTheNamesOfGroups) {
  const auto z = random_rows(12, 6), groups = labels({0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 3});
  const auto order = torch::randperm(12);
  EXPECT_NEAR(
      value_of(*loss_, z.index_select(0, order), group_pairs(groups.index_select(0, order) * 7 + 100)),
      value_of(*loss_, z, group_pairs(groups)), 1e-12);
}

TEST_P(PairLosses, ArePositiveAndFallAsGroupsComeTogether) {
  const auto z = random_rows(9, 8), groups = labels({0, 0, 0, 1, 1, 1, 2, 2, 2});
  const auto centres = torch::eye(8, torch::kFloat64).index_select(0, groups);
  double last = value_of(*loss_, z, group_pairs(groups));
  for (const double share : {0.3, 0.6, 0.9}) {
    const auto nearer = torch::nn::functional::normalize((1 - share) * z + share * centres);
    const double value = value_of(*loss_, nearer, group_pairs(groups));
    EXPECT_LT(value, last) << share;
    EXPECT_GE(value, 0);
    last = value;
  }
}

TEST_P(PairLosses, OfNoPairsAreZeroWithAGraph) {
  const auto z = random_rows(4, 3).requires_grad_();
  const auto none = torch::zeros({4, 4}, torch::kBool);
  auto value = loss_->forward({.z = z, .pairs = {none, none}});
  EXPECT_EQ(value.item<double>(), 0);
  value.backward();
  EXPECT_EQ(z.grad().abs().max().item<double>(), 0);
}

TEST_P(PairLosses, OfOneGroupOrOfNoPositivesAreFinite) {
  const auto z = random_rows(4, 3).requires_grad_();
  for (const auto& groups : {labels({5, 5, 5, 5}), labels({0, 1, 2, 3}), labels({0, 0, 0, 1})}) {
    z.mutable_grad() = torch::Tensor();
    auto value = loss_->forward({.z = z, .pairs = group_pairs(groups)});
    value.backward();
    EXPECT_TRUE(std::isfinite(value.item<double>()));
    EXPECT_TRUE(torch::isfinite(z.grad()).all().item<bool>());
  }
}

TEST_P(PairLosses, KeepFiniteInSinglePrecision) {
  loss_->to(torch::kFloat32);
  const auto z = orthogonal_rows().to(torch::kFloat32).requires_grad_();
  for (const auto& groups : {labels({0, 0, 1, 1}), labels({0, 1, 0, 1})}) {
    z.mutable_grad() = torch::Tensor();
    auto value = loss_->forward({.z = z, .pairs = group_pairs(groups)});
    value.backward();
    EXPECT_EQ(value.scalar_type(), torch::kFloat32);
    EXPECT_TRUE(std::isfinite(value.item<double>()));
    EXPECT_TRUE(torch::isfinite(z.grad()).all().item<bool>());
  }
}

TEST_P(PairLosses, ShowDivergence) {
  auto z = random_rows(4, 3);
  z[1][1] = std::nan("");
  const auto all = group_pairs(labels({0, 0, 1, 1}));
  EXPECT_TRUE(std::isnan(value_of(*loss_, z, all)));
  EXPECT_TRUE(std::isnan(value_of(*loss_, z, MultiSimilarityMiner().mine(z, all))));
}

TEST_P(PairLosses, RefusePairsThatAreNotOfTheBatch) {
  const auto all = group_pairs(labels({0, 0, 1, 1}));
  EXPECT_THROW(loss_->forward({.z = random_rows(3, 4)}), ShapeError);
  EXPECT_THROW(loss_->forward({.z = random_rows(3, 4), .pairs = all}), ShapeError);
  EXPECT_THROW(loss_->forward({.pairs = all}), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Kinds, PairLosses,
                         ::testing::Values("{type: max_hinge_triplet}",
                                           "{type: max_hinge_triplet, hinge_of: mean, margin: 0.8}",
                                           "{type: confidence, temperature: 0.3}",
                                           "{type: supcon, form: out}", "{type: supcon, form: in}",
                                           "{type: multi_similarity, beta: 10}"));

TEST(MaxHingeTriplet, IsTheFormula) {
  const auto z = random_rows(7, 3), similarity = z.mm(z.t());
  const std::vector<int64_t> g{0, 0, 0, 1, 1, 1, 2};  // the last row has no positive and is no anchor
  double hardest = 0, mean = 0;
  for (int64_t i = 0; i < 6; ++i) {
    double farthest = 2, nearest = -2, positives = 0, negatives = 0;
    for (int64_t j = 0; j < 7; ++j) {
      if (i == j) continue;
      const double s = similarity[i][j].item<double>();
      if (g[j] == g[i]) {
        farthest = std::min(farthest, s);
        positives += s / 2;
      } else {
        nearest = std::max(nearest, s);
        negatives += s / 4;
      }
    }
    hardest += std::max(0.0, 0.5 - farthest + nearest) / 6;
    mean += std::max(0.0, 0.5 - positives + negatives) / 6;
  }
  MaxHingeTriplet of_hardest, of_mean({.hinge_of = HingeOf::kMean});
  EXPECT_NEAR(value_of(of_hardest, z, group_pairs(labels(g))), hardest, 1e-12);
  EXPECT_NEAR(value_of(of_mean, z, group_pairs(labels(g))), mean, 1e-12);
  EXPECT_GT(hardest, mean);
}

TEST(MaxHingeTriplet, WithOnePositiveAndOneNegativeIsATriplet) {
  const auto z = random_rows(3, 3);
  const auto pairs = group_pairs(labels({0, 0, 1}));
  Triplet triplet({.margin = 1.5, .mean = TripletMean::kAll});
  for (const HingeOf hinge_of : {HingeOf::kHardest, HingeOf::kMean}) {
    MaxHingeTriplet loss({.margin = 1.5, .hinge_of = hinge_of});
    EXPECT_NEAR(value_of(loss, z, pairs), value_of(triplet, z, pairs), 1e-14);
  }
}

TEST(MaxHingeTriplet, OfOrthogonalGroupsIsWhatTheMarginLeaves) {
  const auto pairs = group_pairs(labels({0, 0, 1, 1}));
  MaxHingeTriplet narrow, wide({.margin = 1.25});
  EXPECT_EQ(value_of(narrow, orthogonal_rows(), pairs), 0);  // 0.5 - 1 + 0 < 0
  EXPECT_EQ(value_of(wide, orthogonal_rows(), pairs), 0.25);
  EXPECT_THROW(MaxHingeTriplet({.margin = 0}), ConfigError);
}

TEST(Confidence, IsNtXentWithThePositiveInItsSumAtItsTemperature) {
  const auto z = random_rows(9, 5);
  const auto pairs = group_pairs(labels({0, 0, 0, 1, 1, 2, 2, 2, 3}));
  for (const double temperature : {0.05, 0.3, 1.0}) {
    Confidence loss({.temperature = temperature});
    loss.to(torch::kFloat64);
    NtXent standard({.temperature = temperature, .denominator = Denominator::kStandard});
    EXPECT_NEAR(value_of(loss, z, pairs), value_of(standard, z, pairs), 1e-5);  // τ was made in float32
  }
}

TEST(Confidence, OfOrthogonalGroupsHasAClosedForm) {
  Confidence loss({.temperature = 1});
  EXPECT_NEAR(value_of(loss, orthogonal_rows(), group_pairs(labels({0, 0, 1, 1}))),
              std::log1p(2 / std::exp(1)), 1e-7);
}

TEST(Confidence, LearnsATemperatureThatStaysInItsBounds) {
  Confidence loss({.temperature = 0.3, .min_temperature = 0.1, .max_temperature = 0.5});
  auto log_scale = loss.named_parameters()["log_scale"];
  // Told apart, a batch is the surer the lower τ is; told wrong, the higher.
  for (const bool right : {true, false}) {
    const auto pairs = group_pairs(right ? labels({0, 0, 1, 1}) : labels({0, 1, 0, 1}));
    torch::optim::SGD optimizer(loss.parameters(), 1.0);
    for (int step = 0; step < 50; ++step) {
      optimizer.zero_grad();
      loss.forward({.z = orthogonal_rows().to(torch::kFloat32), .pairs = pairs}).backward();
      EXPECT_NE(log_scale.grad().item<double>(), 0) << "also at a bound";
      optimizer.step();
    }
    value_of(loss, orthogonal_rows().to(torch::kFloat32), pairs);
    EXPECT_NEAR(std::exp(-log_scale.item<double>()), right ? 0.1 : 0.5, right ? 0.1 : 1e-6);
  }
  log_scale.detach().fill_(100);
  value_of(loss, orthogonal_rows().to(torch::kFloat32), group_pairs(labels({0, 0, 1, 1})));
  EXPECT_NEAR(std::exp(-log_scale.item<double>()), 0.1, 1e-6);
}

TEST(Confidence, ItsTemperatureIsSavedUnderItsName) {
  LossConfig config;
  config.loss.choose("confidence");
  config.loss.settings<ConfidenceConfig>().temperature = 0.2;
  WeightedLosses losses({config}, {.embedding_dim = 4});
  const auto parameters = losses.named_parameters();
  ASSERT_EQ(parameters.size(), 1U);
  EXPECT_EQ(parameters[0].key(), "confidence.log_scale");
  EXPECT_NEAR(parameters[0].value().item<double>(), std::log(5), 1e-6);
}

TEST(Confidence, RefusesAStartOutsideOfItsBounds) {
  EXPECT_THROW(Confidence({.temperature = 0.001}), ConfigError);
  EXPECT_THROW(Confidence({.temperature = 2}), ConfigError);
  EXPECT_THROW(Confidence({.temperature = 0.5, .min_temperature = 0}), ConfigError);
}

TEST(SupCon, IsTheFormulaInBothForms) {
  const auto z = random_rows(7, 3), similarity = z.mm(z.t()) / 0.2;
  const std::vector<int64_t> g{0, 0, 0, 1, 1, 1, 2};
  double out = 0, in = 0;
  for (int64_t i = 0; i < 6; ++i) {
    double all = 0, positives = 0;
    for (int64_t a = 0; a < 7; ++a)
      if (a != i) all += std::exp(similarity[i][a].item<double>());
    for (int64_t p = 0; p < 6; ++p) {
      if (p == i || g[p] != g[i]) continue;
      const double share = std::exp(similarity[i][p].item<double>()) / all;
      out -= std::log(share) / 2 / 6;
      positives += share / 2;
    }
    in -= std::log(positives) / 6;
  }
  SupCon of_out({.temperature = 0.2}), of_in({.temperature = 0.2, .form = SupConForm::kIn});
  EXPECT_NEAR(value_of(of_out, z, group_pairs(labels(g))), out, 1e-12);
  EXPECT_NEAR(value_of(of_in, z, group_pairs(labels(g))), in, 1e-12);
  EXPECT_LT(in, out);
}

TEST(SupCon, OfPairsIsNtXentInBothForms) {
  const auto z = random_rows(8, 5);
  const auto pairs = group_pairs(labels({0, 0, 1, 1, 2, 2, 3, 3}));
  NtXent standard({.temperature = 0.1, .denominator = Denominator::kStandard});
  for (const SupConForm form : {SupConForm::kOut, SupConForm::kIn}) {
    SupCon loss({.temperature = 0.1, .form = form});
    EXPECT_NEAR(value_of(loss, z, pairs), value_of(standard, z, pairs), 1e-12);
  }
  EXPECT_THROW(SupCon({.temperature = 0}), ConfigError);
}

TEST(SupCon, OfOneGroupIsTheLogarithmOfItsPositives) {
  // All rows alike: each of three positives has a third of the softmax, with no negative in it.
  const auto z = torch::eye(2, torch::kFloat64).slice(0, 0, 1).repeat({4, 1});
  SupCon loss;
  EXPECT_NEAR(value_of(loss, z, group_pairs(labels({1, 1, 1, 1}))), std::log(3), 1e-12);
}

TEST(MultiSimilarityLoss, OfOrthogonalGroupsHasAClosedForm) {
  MultiSimilarity loss({.alpha = 2, .beta = 5, .base = 0.4});
  EXPECT_NEAR(value_of(loss, orthogonal_rows(), group_pairs(labels({0, 0, 1, 1}))),
              std::log1p(std::exp(-1.2)) / 2 + std::log1p(2 * std::exp(-2.0)) / 5, 1e-14);
}

TEST(MultiSimilarityLoss, DividesByAllAnchors) {
  const auto z = orthogonal_rows();
  auto pairs = group_pairs(labels({0, 0, 1, 1}));
  MultiSimilarity loss({.alpha = 2, .beta = 5, .base = 0.4});
  const double all = value_of(loss, z, pairs);
  for (auto* mask : {&pairs.positive, &pairs.negative}) mask->slice(0, 0, 2).fill_(false);
  EXPECT_NEAR(value_of(loss, z, pairs), all / 2, 1e-14);
  EXPECT_THROW(MultiSimilarity({.alpha = 0}), ConfigError);
  EXPECT_THROW(MultiSimilarity({.beta = -1}), ConfigError);
}

}  // namespace
}  // namespace melomine::losses
