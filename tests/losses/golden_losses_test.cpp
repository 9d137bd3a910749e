#include <gtest/gtest.h>

#include "losses/arcface.h"
#include "losses/classifier.h"
#include "losses/focal.h"
#include "losses/multi_similarity_miner.h"
#include "losses/nt_xent.h"
#include "losses/triplet.h"
#include "tests/support/golden_file.h"
#include "tests/support/shared_data.h"

namespace melomine::losses {
namespace {

using testing::GoldenFile;

torch::Tensor read(const GoldenFile& file, const std::string& name) {
  std::vector<int64_t> shape;
  for (const auto size : file.shape(name)) shape.push_back(static_cast<int64_t>(size));
  auto values = file.doubles(name);
  return torch::from_blob(values.data(), shape, torch::kFloat64).clone();
}

/// Values and gradients of each case against the shared golden file.
class GoldenLosses : public ::testing::TestWithParam<std::string> {
 protected:
  static constexpr double kTolerance = 1e-8;

  void SetUp() override {
    const auto path = testing::shared_golden() / "losses.h5";
    MELOMINE_REQUIRE_PATH(path);
    file_ = std::make_unique<GoldenFile>(path);
    z_ = get("z").requires_grad_();
    groups_ = get("groups").to(torch::kInt64);
  }
  torch::Tensor get(const std::string& name) { return read(*file_, GetParam() + "/" + name); }
  bool has(const std::string& name) { return file_->has(GetParam() + "/" + name); }

  void expect_golden(Loss& loss, const std::string& name, const LossInput& input) {
    z_.mutable_grad() = torch::Tensor();
    const auto value = loss.forward(input);
    value.backward();
    EXPECT_NEAR(value.item<double>(), get(name).item<double>(), kTolerance) << name;
    const double error = (z_.grad() - get(name + "_grad_z")).abs().max().item<double>();
    EXPECT_LT(error, kTolerance) << "gradient of " << name;
  }
  /// The library behind some of the values normalises what it is given, and its gradient goes through that.
  torch::Tensor normalised() { return torch::nn::functional::normalize(z_); }

  std::unique_ptr<GoldenFile> file_;
  torch::Tensor z_, groups_;
};

TEST_P(GoldenLosses, NtXentNegativesOnly) {
  NtXent loss;
  expect_golden(loss, "nt_xent_eq1_tau0.05", {.z = z_, .pairs = group_pairs(groups_)});
}

TEST_P(GoldenLosses, NtXentStandard) {
  NtXent loss({.denominator = Denominator::kStandard});
  expect_golden(loss, "nt_xent_tau0.05", {.z = normalised(), .pairs = group_pairs(groups_)});
}

TEST_P(GoldenLosses, NtXentStandardOnMinedPairs) {
  if (!has("nt_xent_tau0.05_ms_mined")) GTEST_SKIP() << "the miner leaves nothing in this case";
  NtXent loss({.denominator = Denominator::kStandard});
  const auto mined = MultiSimilarityMiner().mine(z_, group_pairs(groups_));
  expect_golden(loss, "nt_xent_tau0.05_ms_mined", {.z = normalised(), .pairs = mined});
}

TEST_P(GoldenLosses, MultiSimilarityMiner) {
  const auto mined = MultiSimilarityMiner().mine(z_, group_pairs(groups_));
  const auto expect_pairs = [&](const torch::Tensor& mask, const std::string& name) {
    auto expected = torch::zeros_like(mask);
    const auto pairs = get(name).to(torch::kInt64);
    expected.index_put_({pairs.select(1, 0), pairs.select(1, 1)}, true);
    EXPECT_TRUE(torch::equal(mask, expected)) << name;
    EXPECT_EQ(mask.sum().item<int64_t>(), pairs.size(0)) << name;
  };
  expect_pairs(mined.positive, "ms_miner_eps0.1_positive_pairs");
  expect_pairs(mined.negative, "ms_miner_eps0.1_negative_pairs");
}

TEST_P(GoldenLosses, TripletOverAll) {
  Triplet loss({.margin = 0.3, .mean = TripletMean::kAll});
  expect_golden(loss, "triplet_cosine_distance_m0.3_mean_over_all_triplets",
                {.z = z_, .pairs = group_pairs(groups_)});
}

TEST_P(GoldenLosses, TripletOverActive) {
  Triplet loss({.margin = 0.3, .mean = TripletMean::kActive});
  expect_golden(loss, "triplet_cosine_m0.3_all", {.z = normalised(), .pairs = group_pairs(groups_)});
}

TEST_P(GoldenLosses, ArcFace) {
  const auto weight = get("class_weight");
  ArcFace loss({.scale = 30, .margin = 0.5},
               {.embedding_dim = weight.size(1), .song_classes = weight.size(0)});
  loss.to(torch::kFloat64);
  loss.parameters()[0].set_data(weight);
  expect_golden(loss, "arcface_s30_m0.5_cross_entropy", {.z = z_, .songs = groups_});
}

TEST_P(GoldenLosses, Focal) {
  const auto weight = get("class_weight");
  Focal loss({.gamma = 2, .alpha = 1}, {.embedding_dim = weight.size(1), .song_classes = weight.size(0)});
  loss.to(torch::kFloat64);
  loss.parameters()[0].set_data(weight);
  expect_golden(loss, "focal_gamma2_alpha1", {.z = z_, .songs = groups_});
}

INSTANTIATE_TEST_SUITE_P(Golden, GoldenLosses, ::testing::Values("small", "batch32", "uneven"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace melomine::losses
