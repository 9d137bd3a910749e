#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "losses/classifier.h"
#include "losses/weighted_losses.h"
#include "tests/support/gradcheck.h"

namespace melomine::losses {
namespace {

using testing::expect_numeric_gradient;

torch::Tensor random_rows(int64_t rows, int64_t columns) {
  torch::manual_seed(2);
  return torch::nn::functional::normalize(torch::randn({rows, columns}, torch::kFloat64));
}
torch::Tensor labels(std::vector<int64_t> values) {
  return torch::tensor(values, torch::kInt64);
}
std::vector<torch::Tensor> with_parameters(const torch::Tensor& z, const Loss& loss) {
  auto all = loss.parameters();
  all.push_back(z);
  return all;
}

TEST(Triplet, IsTheFormula) {
  const auto z = random_rows(7, 3);
  const std::vector<int64_t> g{0, 0, 0, 1, 1, 2, 2};
  double sum = 0;
  int all = 0, active = 0;
  for (int64_t a = 0; a < 7; ++a)
    for (int64_t p = 0; p < 7; ++p)
      for (int64_t n = 0; n < 7; ++n) {
        if (a == p || g[a] != g[p] || g[a] == g[n]) continue;
        const double hinge = (z[a] * z[n]).sum().item<double>() - (z[a] * z[p]).sum().item<double>() + 0.3;
        sum += std::max(0.0, hinge);
        active += hinge > 0;
        ++all;
      }
  Triplet over_all({.margin = 0.3, .mean = TripletMean::kAll}), over_active({.margin = 0.3});
  EXPECT_NEAR(over_all.forward({.z = z, .groups = labels(g)}).item<double>(), sum / all, 1e-12);
  EXPECT_NEAR(over_active.forward({.z = z, .groups = labels(g)}).item<double>(), sum / active, 1e-12);
  ASSERT_LT(active, all);
}

TEST(Triplet, HasTheNumericGradient) {
  const auto z = random_rows(6, 3).requires_grad_();
  Triplet loss({.margin = 0.3, .mean = TripletMean::kAll});
  expect_numeric_gradient([&] { return loss.forward({.z = z, .groups = labels({0, 0, 1, 1, 2, 2})}); }, {z});
}

TEST(Triplet, IsZeroWithAGraphOnceAllAreFarEnough) {
  auto z = torch::eye(2, torch::kFloat64).repeat_interleave(2, 0).requires_grad_();
  Triplet loss({.margin = 0.3});
  auto value = loss.forward({.z = z, .groups = labels({0, 0, 1, 1})});
  EXPECT_EQ(value.item<double>(), 0);
  value.backward();
  EXPECT_EQ(z.grad().abs().max().item<double>(), 0);
}

TEST(Focal, WithoutFocusingIsCrossEntropy) {
  const auto logits = 3 * random_rows(5, 4);
  const auto targets = labels({0, 3, 1, 1, 2});
  EXPECT_NEAR(focal_cross_entropy(logits, targets, 0, 1).item<double>(),
              torch::cross_entropy_loss(logits, targets).item<double>(), 1e-14);
}

TEST(Focal, OfTwoEqualLogitsIsQuarterOfCrossEntropy) {
  const auto logits = torch::zeros({1, 2}, torch::kFloat64);
  EXPECT_NEAR(focal_cross_entropy(logits, labels({1}), 2, 1).item<double>(), 0.25 * std::log(2), 1e-15);
  EXPECT_NEAR(focal_cross_entropy(logits, labels({1}), 2, 0.5).item<double>(), 0.125 * std::log(2), 1e-15);
}

TEST(Focal, HasTheNumericGradient) {
  const auto z = random_rows(5, 4).requires_grad_();
  for (const double gamma : {0.0, 0.5, 2.0}) {
    Focal loss({.gamma = gamma}, 4, 3, /*seed=*/1);
    loss.to(torch::kFloat64);
    expect_numeric_gradient(
        [&] {
          return loss.forward({.z = z, .songs = labels({0, 1, 2, 2, 0})});
        },
        with_parameters(z, loss));
  }
}

TEST(Focal, ACertainRowLeavesFiniteGradients) {
  auto logits = torch::tensor({{1000.0, 0.0}}, torch::kFloat32).requires_grad_();
  focal_cross_entropy(logits, labels({0}), 0.5, 1).backward();
  EXPECT_TRUE(torch::isfinite(logits.grad()).all().item<bool>());
}

TEST(ArcFace, WithoutMarginIsScaledCrossEntropy) {
  const auto z = random_rows(4, 3);
  const auto songs = labels({0, 1, 1, 0});
  ArcFace loss({.scale = 30, .margin = 0}, 3, 2, /*seed=*/1);
  loss.to(torch::kFloat64);
  const auto weight = torch::nn::functional::normalize(loss.parameters()[0]);
  EXPECT_NEAR(loss.forward({.z = z, .songs = songs}).item<double>(),
              torch::cross_entropy_loss(30 * z.mm(weight.t()), songs).item<double>(), 1e-12);
}

TEST(ArcFace, HasTheNumericGradient) {
  const auto z = random_rows(5, 4).requires_grad_();
  ArcFace loss({.scale = 4, .margin = 0.5, .gamma = 2}, 4, 3, /*seed=*/1);
  loss.to(torch::kFloat64);
  expect_numeric_gradient(
      [&] {
        return loss.forward({.z = z, .songs = labels({0, 1, 2, 2, 0})});
      },
      with_parameters(z, loss));
}

TEST(ArcFace, AFingerprintOnOrOppositeItsWeightLeavesFiniteGradients) {
  ArcFace loss({}, 2, 2, /*seed=*/1);
  loss.parameters()[0].set_data(torch::eye(2));
  auto z = torch::tensor({{1.0f, 0.0f}, {0.0f, -1.0f}}).requires_grad_();
  loss.forward({.z = z, .songs = labels({0, 1})}).backward();
  EXPECT_TRUE(torch::isfinite(z.grad()).all().item<bool>());
}

TEST(DomainAdversarial, ReversalIsIdentityForwardAndMinusLambdaBackward) {
  auto x = random_rows(3, 4).requires_grad_();
  const auto y = reverse_gradient(x, 0.7);
  EXPECT_TRUE(torch::equal(y, x));
  const auto upstream = random_rows(3, 4);
  y.backward(upstream);
  EXPECT_TRUE(torch::allclose(x.grad(), -0.7 * upstream));
}

TEST(DomainAdversarial, GradientsAreNumericButReversedForTheFingerprints) {
  for (const int64_t hidden : {0, 5}) {
    const auto z = random_rows(6, 4).requires_grad_();
    DomainAdversarial loss({.lambda = 0.5, .hidden_dim = hidden}, 4, 2, /*seed=*/1);
    loss.to(torch::kFloat64);
    const auto value = [&]() -> torch::Tensor {
      return loss.forward({.z = z, .domains = labels({0, 1, 0, 1, 1, 1})});
    };
    expect_numeric_gradient(value, loss.parameters());
    const auto slope = testing::numeric_gradient(value, z);
    EXPECT_GT(slope.abs().max().item<double>(), 1e-3);
    EXPECT_TRUE(torch::allclose(z.grad(), -0.5 * slope, 1e-5, 1e-8));
  }
}

/// Groups 0 and 1 hold a sung fragment and a hum each, group 2 two sung ones.
const std::vector<int64_t> kGroups{0, 0, 1, 1, 2, 2}, kDomains{0, 1, 0, 1, 0, 0};

TEST(PairedDomains, HumsAndSingingThatNobodyHumsAreNoNegatives) {
  const PairMasks all = group_pairs(labels(kGroups)),
                  paired = paired_domain_pairs(labels(kGroups), labels(kDomains));
  EXPECT_TRUE(torch::equal(paired.positive, all.positive));
  for (int64_t a = 0; a < 6; ++a)
    for (int64_t b = 0; b < 6; ++b) {
      const bool hum_and_unhummed =
          (kDomains[a] == 1 && kGroups[b] == 2) || (kDomains[b] == 1 && kGroups[a] == 2);
      EXPECT_EQ(paired.negative[a][b].item<bool>(), kGroups[a] != kGroups[b] && !hum_and_unhummed)
          << a << ' ' << b;
    }
}

TEST(PairedDomains, LossesAndTheMinerSeeTheRestOnly) {
  const auto z = random_rows(6, 4);
  const LossInput input{
      .z = z, .groups = labels(kGroups), .songs = {}, .domains = labels(kDomains), .mined = {}};
  const PairMasks paired = paired_domain_pairs(input.groups, input.domains);
  LossInput restricted = input;
  for (const char* miner : {"none", "multi_similarity"}) {
    restricted.mined = std::string(miner) == "none" ? paired : MultiSimilarityMiner(0.1).mine(z, paired);
    for (const char* type : {"nt_xent", "triplet"}) {
      LossConfig config;
      config.type = type;
      config.miner.type = miner;
      config.miner.domain_negatives = DomainNegatives::kPaired;
      WeightedLosses losses({config}, {.embedding_dim = 4});
      const double expected = make_loss(config, {.embedding_dim = 4})->forward(restricted).item<double>();
      EXPECT_EQ(losses.forward(input).total.item<double>(), expected) << type << ' ' << miner;
      config.miner.domain_negatives = DomainNegatives::kAll;
      WeightedLosses usual({config}, {.embedding_dim = 4});
      EXPECT_NE(usual.forward(input).total.item<double>(), expected) << type << ' ' << miner;
    }
  }
}

TEST(PairedDomains, HaveTheNumericGradient) {
  const auto z = random_rows(6, 3).requires_grad_();
  LossConfig config;
  config.miner.domain_negatives = DomainNegatives::kPaired;
  WeightedLosses losses({config}, {.embedding_dim = 3});
  expect_numeric_gradient(
      [&] {
        return losses
            .forward(
                {.z = z, .groups = labels(kGroups), .songs = {}, .domains = labels(kDomains), .mined = {}})
            .total;
      },
      {z});
}

TEST(Labels, OutsideTheClassesAreRefused) {
  const auto z = random_rows(2, 4).to(torch::kFloat32);
  Focal loss({}, 4, 3, /*seed=*/1);
  EXPECT_THROW(loss.forward({.z = z, .songs = labels({0, 3})}), ShapeError);
  EXPECT_THROW(loss.forward({.z = z, .songs = labels({-1, 0})}), ShapeError);
  EXPECT_THROW(loss.forward({.z = z}), ShapeError);
}

TEST(WeightedLosses, SumWithWeightsUnderTheirNames) {
  const auto z = random_rows(6, 4);
  const LossInput input{.z = z, .groups = labels({0, 0, 1, 1, 2, 2})};
  LossConfig nt_xent, triplet, standard;
  triplet.type = "triplet";
  triplet.weight = 0.3;
  standard.nt_xent.denominator = Denominator::kStandard;
  standard.miner.type = "multi_similarity";
  WeightedLosses losses({nt_xent, triplet, standard}, {});
  const auto report = losses.forward(input);

  const double first = NtXent().forward(input).item<double>(),
               second = Triplet().forward(input).item<double>();
  LossInput mined = input;
  mined.mined = MultiSimilarityMiner(0.1).mine(z, input.groups);
  const double third = NtXent(standard.nt_xent).forward(mined).item<double>();
  EXPECT_NEAR(report.total.item<double>(), first + 0.3 * second + third, 1e-12);
  ASSERT_EQ(report.parts.size(), 3u);
  EXPECT_EQ(report.parts[0].first, "nt_xent");
  EXPECT_EQ(report.parts[1].first, "triplet");
  EXPECT_EQ(report.parts[2].first, "nt_xent_2");
  EXPECT_NEAR(report.parts[1].second.item<double>(), second, 1e-15);
}

TEST(WeightedLosses, ParametersAreNamedByTheirLossAndDrawnFromTheSeed) {
  LossConfig focal, domain;
  focal.type = "focal";
  domain.type = "domain_adversarial";
  const LossContext context{.embedding_dim = 8, .song_classes = 5, .seed = 3};
  WeightedLosses a({focal, domain}, context), b({focal, domain}, context);
  std::vector<std::string> names;
  for (const auto& parameter : a.named_parameters()) {
    names.push_back(parameter.key());
    EXPECT_TRUE(torch::equal(parameter.value(), b.named_parameters()[parameter.key()]));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"focal.weight", "domain_adversarial.hidden_weight",
                                             "domain_adversarial.hidden_bias", "domain_adversarial.weight",
                                             "domain_adversarial.bias"}));
}

TEST(WeightedLosses, ConfigurationErrorsName) {
  LossConfig config;
  EXPECT_THROW(WeightedLosses({}, {}), ConfigError);
  config.type = "ntxent";
  try {
    make_loss(config, {});
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_NE(std::string(e.what()).find("nt_xent, triplet"), std::string::npos) << e.what();
  }
  config.type = "arcface";
  EXPECT_THROW(make_loss(config, {.song_classes = 1}), ConfigError);
}

}  // namespace
}  // namespace melomine::losses
