#include <gtest/gtest.h>

#include "losses/arcface.h"
#include "losses/domain_adversarial.h"
#include "losses/focal.h"
#include "losses/multi_similarity_miner.h"
#include "losses/nt_xent.h"
#include "losses/triplet.h"
#include "tests/losses/rows.h"
#include "tests/support/golden_values.h"

namespace melomine::losses {
namespace {

/// A vector or a matrix.
torch::Tensor tensor(const nlohmann::json& values) {
  if (!values.at(0).is_array()) return torch::tensor(values.get<std::vector<double>>(), torch::kFloat64);
  std::vector<torch::Tensor> rows;
  for (const auto& row : values) rows.push_back(tensor(row));
  return torch::stack(rows);
}

/// Values and gradients of one batch against what NumPy makes of the definitions.
class GoldenLossValues : public ::testing::Test {
 protected:
  static constexpr double kTolerance = 1e-9;

  void expect_golden(Loss& loss, const std::string& name) {
    const auto value =
        loss.forward({.z = z_, .pairs = group_pairs(groups_), .songs = groups_, .domains = domains_});
    value.backward();
    const auto& expected = golden_.at(name);
    EXPECT_NEAR(value.item<double>(), expected.at("value").get<double>(), kTolerance);
    EXPECT_LT((z_.grad() - tensor(expected.at("gradient"))).abs().max().item<double>(), kTolerance);
  }
  /// Parameters in the order in which the loss registers them.
  void set_parameters(Loss& loss, const std::vector<std::string>& names) {
    loss.to(torch::kFloat64);
    ASSERT_EQ(loss.parameters().size(), names.size());
    for (size_t i = 0; i < names.size(); ++i) loss.parameters()[i].set_data(tensor(golden_.at(names[i])));
  }

  const nlohmann::json golden_ = testing::golden_values("losses.json");
  const LossContext context_ = {.embedding_dim = 5, .song_classes = 3};
  torch::Tensor z_ = tensor(golden_.at("z")).requires_grad_();
  torch::Tensor groups_ = labels(golden_.at("groups")), domains_ = labels(golden_.at("domains"));
};

TEST_F(GoldenLossValues, NtXentOverNegatives) {
  NtXent loss({.temperature = 0.05});
  expect_golden(loss, "nt_xent_negatives");
}

TEST_F(GoldenLossValues, NtXentWithThePositiveInItsSum) {
  NtXent loss({.temperature = 0.2, .denominator = Denominator::kStandard});
  expect_golden(loss, "nt_xent_standard");
}

TEST_F(GoldenLossValues, TripletOverAll) {
  Triplet loss({.margin = 0.3, .mean = TripletMean::kAll});
  expect_golden(loss, "triplet_all");
}

TEST_F(GoldenLossValues, TripletOverActive) {
  Triplet loss({.margin = 0.3, .mean = TripletMean::kActive});
  expect_golden(loss, "triplet_active");
}

TEST_F(GoldenLossValues, ArcFaceOnBothOfItsBranches) {
  ArcFace loss({.scale = 30, .margin = 0.5}, context_);
  set_parameters(loss, {"class_weight"});
  expect_golden(loss, "arcface");
}

TEST_F(GoldenLossValues, Focal) {
  losses::Focal loss({.gamma = 2, .alpha = 1}, context_);
  set_parameters(loss, {"class_weight"});
  expect_golden(loss, "focal");
}

TEST_F(GoldenLossValues, DomainAdversarialReversesItsGradient) {
  DomainAdversarial loss({.lambda = 0.5, .hidden_dim = 4}, context_);
  set_parameters(loss, {"hidden_weight", "hidden_bias", "domain_weight", "domain_bias"});
  expect_golden(loss, "domain_adversarial");
}

TEST_F(GoldenLossValues, MultiSimilarityMiner) {
  const auto mined = MultiSimilarityMiner({.epsilon = 0.1}).mine(z_, group_pairs(groups_));
  const auto expect_pairs = [&](const torch::Tensor& mask, const nlohmann::json& expected) {
    for (int64_t i = 0; i < mask.size(0); ++i) {
      std::vector<int64_t> kept;
      for (int64_t j = 0; j < mask.size(1); ++j)
        if (mask[i][j].item<bool>()) kept.push_back(j);
      EXPECT_EQ(kept, expected.at(static_cast<size_t>(i)).get<std::vector<int64_t>>()) << "of anchor " << i;
    }
  };
  expect_pairs(mined.positive, golden_.at("multi_similarity_positive"));
  expect_pairs(mined.negative, golden_.at("multi_similarity_negative"));
}

}  // namespace
}  // namespace melomine::losses
