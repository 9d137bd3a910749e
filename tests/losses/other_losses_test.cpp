#include <gtest/gtest.h>

#include <cmath>

#include "configs/config.h"
#include "core/error.h"
#include "core/random.h"
#include "losses/arcface.h"
#include "losses/classifier.h"
#include "losses/domain_adversarial.h"
#include "losses/focal.h"
#include "losses/multi_similarity_miner.h"
#include "losses/nt_xent.h"
#include "losses/triplet.h"
#include "losses/weighted_losses.h"
#include "tests/losses/rows.h"
#include "tests/support/gradcheck.h"

namespace melomine::losses {
namespace {

using testing::expect_numeric_gradient;

LossContext context(int64_t embedding_dim, int64_t song_classes) {
  return {.embedding_dim = embedding_dim, .song_classes = song_classes, .seed = 1};
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
  EXPECT_NEAR(over_all.forward({.z = z, .pairs = group_pairs(labels(g))}).item<double>(), sum / all, 1e-12);
  EXPECT_NEAR(over_active.forward({.z = z, .pairs = group_pairs(labels(g))}).item<double>(), sum / active,
              1e-12);
  ASSERT_LT(active, all);
}

TEST(Triplet, HasTheNumericGradient) {
  const auto z = random_rows(6, 3).requires_grad_();
  for (const TripletMean mean : {TripletMean::kAll, TripletMean::kActive}) {
    Triplet loss({.margin = 0.3, .mean = mean});
    expect_numeric_gradient(
        [&] {
          return loss.forward({.z = z, .pairs = group_pairs(labels({0, 0, 1, 1, 2, 2}))});
        },
        {z});
  }
}

TEST(Triplet, IsZeroWithAGraphOnceAllAreFarEnough) {
  auto z = torch::eye(2, torch::kFloat64).repeat_interleave(2, 0).requires_grad_();
  Triplet loss({.margin = 0.3});
  auto value = loss.forward({.z = z, .pairs = group_pairs(labels({0, 0, 1, 1}))});
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
    Focal loss({.gamma = gamma}, context(4, 3));
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
  ArcFace loss({.scale = 30, .margin = 0}, context(3, 2));
  loss.to(torch::kFloat64);
  const auto weight = torch::nn::functional::normalize(loss.parameters()[0]);
  EXPECT_NEAR(loss.forward({.z = z, .songs = songs}).item<double>(),
              torch::cross_entropy_loss(30 * z.mm(weight.t()), songs).item<double>(), 1e-12);
}

TEST(ArcFace, HasTheNumericGradient) {
  const auto z = random_rows(5, 4).requires_grad_();
  ArcFace loss({.scale = 4, .margin = 0.5, .gamma = 2}, context(4, 3));
  loss.to(torch::kFloat64);
  expect_numeric_gradient(
      [&] {
        return loss.forward({.z = z, .songs = labels({0, 1, 2, 2, 0})});
      },
      with_parameters(z, loss));
}

TEST(ArcFace, AFingerprintOnOrOppositeItsWeightLeavesFiniteGradients) {
  ArcFace loss({}, context(2, 2));
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
    DomainAdversarial loss({.lambda = 0.5, .hidden_dim = hidden}, context(4, 0));
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

TEST(PropertyOtherSongs, NoNegativeIsOfTheAnchorsSong) {
  RandomStream random({stream_id("other songs")});
  for (int batch = 0; batch < 200; ++batch) {
    // Groups of 2 to 4 rows, of few songs, hummed or not.
    std::vector<int64_t> groups, songs, domains;
    for (int64_t g = 0; g < 8; ++g) {
      const int64_t song = random.integer(5);
      for (int64_t i = random.integer(3) - 2; i < 2; ++i) {
        groups.push_back(g);
        songs.push_back(song);
        domains.push_back(random.integer(2));
      }
    }
    const auto rows = static_cast<int64_t>(groups.size());
    const auto all = group_pairs(labels(groups)), left = other_song_pairs(all, labels(songs));
    EXPECT_TRUE(torch::equal(left.positive, all.positive));
    const auto z = random_rows(rows, 4);
    const auto mined = MultiSimilarityMiner().mine(z, left);
    for (int64_t a = 0; a < rows; ++a)
      for (int64_t b = 0; b < rows; ++b) {
        const auto i = static_cast<size_t>(a), j = static_cast<size_t>(b);
        ASSERT_EQ(left.negative[a][b].item<bool>(), songs[i] != songs[j]) << a << ' ' << b;
        ASSERT_FALSE(mined.negative[a][b].item<bool>() && songs[i] == songs[j]) << a << ' ' << b;
      }
  }
}

TEST(OtherSongs, LossesAndTheMinerSeeTheRestOnly) {
  const auto z = random_rows(6, 4);
  const BatchLabels batch{
      .groups = labels(kGroups), .songs = labels({0, 0, 0, 0, 1, 1}), .domains = labels(kDomains)};
  for (const auto domain_negatives : {DomainNegatives::kAll, DomainNegatives::kPaired}) {
    const auto domains = domain_negatives == DomainNegatives::kAll
                             ? group_pairs(batch.groups)
                             : paired_domain_pairs(batch.groups, batch.domains);
    const PairMasks pairs = other_song_pairs(domains, batch.songs);
    for (const char* miner : {"none", "multi_similarity"}) {
      const PairMasks left = std::string(miner) == "none" ? pairs : MultiSimilarityMiner().mine(z, pairs);
      LossConfig config;
      config.miner.miner.choose(miner);
      config.miner.rule = {Negatives::kOtherSongs, domain_negatives};
      const double expected =
          config.loss->make({.embedding_dim = 4})->forward({.z = z, .pairs = left}).item<double>();
      WeightedLosses losses({config}, {.embedding_dim = 4});
      EXPECT_EQ(losses.forward(z, batch).total.item<double>(), expected) << miner;
      config.miner.rule.negatives = Negatives::kOtherGroups;
      WeightedLosses usual({config}, {.embedding_dim = 4});
      EXPECT_NE(usual.forward(z, batch).total.item<double>(), expected) << miner;
    }
  }
}

TEST(OtherSongs, NeedSongsAndAtLeastTwoOfThem) {
  LossConfig config;
  config.miner.rule.negatives = Negatives::kOtherSongs;
  EXPECT_THROW(WeightedLosses({config}, {.embedding_dim = 4, .song_classes = 1}), ConfigError);
  WeightedLosses losses({config}, {.embedding_dim = 4, .song_classes = 2});
  EXPECT_THROW(losses.forward(random_rows(4, 4), {.groups = labels({0, 0, 1, 1})}), ShapeError);
}

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
  const BatchLabels batch{.groups = labels(kGroups), .domains = labels(kDomains)};
  const PairMasks paired = paired_domain_pairs(batch.groups, batch.domains);
  for (const char* miner : {"none", "multi_similarity"}) {
    for (const char* type : {"nt_xent", "triplet"}) {
      LossConfig config;
      config.loss.choose(type);
      config.miner.miner.choose(miner);
      config.miner.rule.domain_negatives = DomainNegatives::kPaired;
      WeightedLosses losses({config}, {.embedding_dim = 4});
      const PairMasks mined = std::string(miner) == "none" ? paired : MultiSimilarityMiner().mine(z, paired);
      const double expected =
          config.loss->make({.embedding_dim = 4})->forward({.z = z, .pairs = mined}).item<double>();
      EXPECT_EQ(losses.forward(z, batch).total.item<double>(), expected) << type << ' ' << miner;
      config.miner.rule.domain_negatives = DomainNegatives::kAll;
      WeightedLosses usual({config}, {.embedding_dim = 4});
      EXPECT_NE(usual.forward(z, batch).total.item<double>(), expected) << type << ' ' << miner;
    }
  }
}

TEST(PairedDomains, HaveTheNumericGradient) {
  const auto z = random_rows(6, 3).requires_grad_();
  LossConfig config;
  config.miner.rule.domain_negatives = DomainNegatives::kPaired;
  WeightedLosses losses({config}, {.embedding_dim = 3});
  const BatchLabels batch{.groups = labels(kGroups), .domains = labels(kDomains)};
  expect_numeric_gradient([&] { return losses.forward(z, batch).total; }, {z});
}

TEST(BatchPairs, RefusesLabelsThatTeachNothing) {
  const auto refused = [](std::vector<int64_t> groups) -> std::string {
    const auto z = random_rows(3, 4);
    const BatchLabels batch{.groups = labels(std::move(groups))};
    try {
      BatchPairs(z, batch).of({.domain_negatives = DomainNegatives::kAll});
    } catch (const ShapeError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(refused({0, 0, 1}), "");
  EXPECT_EQ(refused({0, 1, 2}), "[losses] no two rows of the batch are of one group");
  EXPECT_EQ(refused({5, 5, 5}), "[losses] all rows of the batch are of one group");
  EXPECT_EQ(refused({0, 0}), "[losses] groups must be int64 [3], got Long [2]");
}

TEST(BatchPairs, AreMadeOnceForEachRule) {
  const auto z = random_rows(6, 4);
  const BatchLabels batch{.groups = labels(kGroups), .domains = labels(kDomains)};
  BatchPairs pairs(z, batch);
  const auto* first = pairs.of({.domain_negatives = DomainNegatives::kPaired}).negative.data_ptr<bool>();
  EXPECT_EQ(pairs.of({.domain_negatives = DomainNegatives::kPaired}).negative.data_ptr<bool>(), first);
  EXPECT_GT(pairs.of({.domain_negatives = DomainNegatives::kAll}).negative.sum().item<int64_t>(),
            pairs.of({.domain_negatives = DomainNegatives::kPaired}).negative.sum().item<int64_t>());
}

TEST(Labels, OutsideTheClassesAreRefused) {
  const auto z = random_rows(2, 4).to(torch::kFloat32);
  Focal loss({}, context(4, 3));
  EXPECT_THROW(loss.forward({.z = z, .songs = labels({0, 3})}), ShapeError);
  EXPECT_THROW(loss.forward({.z = z, .songs = labels({-1, 0})}), ShapeError);
  EXPECT_THROW(loss.forward({.z = z}), ShapeError);
}

TEST(WeightedLosses, SumWithWeightsUnderTheirNames) {
  const auto z = random_rows(6, 4);
  const BatchLabels batch{.groups = labels({0, 0, 1, 1, 2, 2})};
  LossConfig nt_xent, triplet, standard;
  triplet.loss.choose("triplet");
  triplet.weight = 0.3;
  standard.loss = configs::Choice<LossKind>("nt_xent", NtXentConfig{.denominator = Denominator::kStandard});
  standard.miner.miner.choose("multi_similarity");
  WeightedLosses losses({nt_xent, triplet, standard}, {});
  const auto report = losses.forward(z, batch);

  const PairMasks all = group_pairs(batch.groups);
  const double first = NtXent().forward({.z = z, .pairs = all}).item<double>(),
               second = Triplet().forward({.z = z, .pairs = all}).item<double>();
  const double third = NtXent({.denominator = Denominator::kStandard})
                           .forward({.z = z, .pairs = MultiSimilarityMiner().mine(z, all)})
                           .item<double>();
  EXPECT_NEAR(report.total.item<double>(), first + 0.3 * second + third, 1e-12);
  ASSERT_EQ(report.parts.size(), 3u);
  EXPECT_EQ(report.parts[0].first, "nt_xent");
  EXPECT_EQ(report.parts[1].first, "triplet");
  EXPECT_EQ(report.parts[2].first, "nt_xent_2");
  EXPECT_NEAR(report.parts[1].second.item<double>(), second, 1e-15);
}

TEST(WeightedLosses, ParametersAreNamedByTheirLossAndDrawnFromTheSeed) {
  LossConfig focal, domain;
  focal.loss.choose("focal");
  domain.loss.choose("domain_adversarial");
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
  try {
    config.loss.choose("ntxent");
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_STREQ(e.what(),
                 "unknown loss 'ntxent'; known: arcface, clews, confidence, domain_adversarial, focal, "
                 "max_hinge_triplet, multi_similarity, nt_xent, supcon, triplet; did you "
                 "mean 'nt_xent'?");
  }
  config.loss.choose("arcface");
  EXPECT_THROW(config.loss->make({.song_classes = 1}), ConfigError);
}

TEST(LossConfig, OnlyLossesOfPairsHaveAMiner) {
  const auto read = [](const std::string& yaml) {
    return configs::parse_config<LossConfig>(yaml, "f.yaml").loss.type();
  };
  EXPECT_EQ(read("{type: triplet, margin: 0.2, weight: 2, miner: {type: multi_similarity, epsilon: 0.2}}"),
            "triplet");
  const auto error = [&](const std::string& yaml) -> std::string {
    try {
      read(yaml);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(error("{type: focal, miner: {type: none}}"),
            "f.yaml:1: miner: only for type: confidence, max_hinge_triplet, multi_similarity, nt_xent, "
            "supcon, triplet");
  EXPECT_EQ(error("{type: nt_xent, miner: {epsilon: 0.2}}"),
            "f.yaml:1: miner.epsilon: only for type: multi_similarity");
}

}  // namespace
}  // namespace melomine::losses
