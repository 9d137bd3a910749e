#include "models/relative_attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/checkpoint.h"

namespace melomine::models {
namespace {

constexpr int64_t kWidth = 12, kHeads = 3, kHeadWidth = 4;

SelfAttention attention_in_double(Positions positions) {
  SelfAttention attention({.width = kWidth, .heads = kHeads, .positions = positions}, RandomStream({3}));
  attention.to(torch::kFloat64);
  return attention;
}

torch::Tensor sequence(int64_t batch, int64_t inputs) {
  torch::manual_seed(8);
  return torch::randn({batch, inputs, kWidth}, torch::kFloat64);
}

double at(const torch::Tensor& t, std::vector<int64_t> place) {
  torch::Tensor value = t;
  for (const int64_t index : place) value = value[index];
  return value.item<double>();
}

/// [inputs, kWidth] of x [inputs, kWidth] times a weight [kWidth, kWidth], by loops.
std::vector<std::vector<double>> mapped(const torch::Tensor& x, const torch::Tensor& weight) {
  const auto values = x.accessor<double, 2>(), map = weight.accessor<double, 2>();
  std::vector<std::vector<double>> out(static_cast<size_t>(x.size(0)), std::vector<double>(kWidth));
  for (int64_t t = 0; t < x.size(0); ++t)
    for (int64_t o = 0; o < kWidth; ++o)
      for (int64_t i = 0; i < kWidth; ++i)
        out[static_cast<size_t>(t)][static_cast<size_t>(o)] += values[t][i] * map[o][i];
  return out;
}

/// W_R R of one distance, straight from the definition of the sinusoids.
std::vector<double> mapped_distance(int64_t distance, const torch::Tensor& weight) {
  const auto map = weight.accessor<double, 2>();
  std::vector<double> out(kWidth);
  for (int64_t o = 0; o < kWidth; ++o)
    for (int64_t i = 0; i < kWidth; ++i) {
      const double rate = std::pow(10000.0, -static_cast<double>(i / 2 * 2) / kWidth);
      const double angle = static_cast<double>(distance) * rate;
      out[static_cast<size_t>(o)] += (i % 2 == 0 ? std::sin(angle) : std::cos(angle)) * map[o][i];
    }
  return out;
}

/// Scores of one sequence by the four terms of Dai et al. 2019, section 3.3. [heads][i][j]
std::vector<std::vector<std::vector<double>>> scores_by_terms(const torch::Tensor& x, const TensorMap& w) {
  const auto q = mapped(x, w.at("query.weight")), k = mapped(x, w.at("key.weight"));
  const auto u = w.at("content_bias").accessor<double, 2>(), v = w.at("position_bias").accessor<double, 2>();
  const auto inputs = static_cast<size_t>(x.size(0));
  std::vector<std::vector<std::vector<double>>> scores(
      kHeads, std::vector<std::vector<double>>(inputs, std::vector<double>(inputs)));
  for (size_t i = 0; i < inputs; ++i)
    for (size_t j = 0; j < inputs; ++j) {
      const auto r =
          mapped_distance(static_cast<int64_t>(i) - static_cast<int64_t>(j), w.at("position.weight"));
      for (int64_t h = 0; h < kHeads; ++h) {
        double a = 0, b = 0, c = 0, d = 0;
        for (int64_t n = 0; n < kHeadWidth; ++n) {
          const auto at_n = static_cast<size_t>(h * kHeadWidth + n);
          a += q[i][at_n] * k[j][at_n];
          b += q[i][at_n] * r[at_n];
          c += u[h][n] * k[j][at_n];
          d += v[h][n] * r[at_n];
        }
        scores[static_cast<size_t>(h)][i][j] = (a + b + c + d) / std::sqrt(static_cast<double>(kHeadWidth));
      }
    }
  return scores;
}

TEST(RelativeAttention, ScoresAreTheFourTermsOfTransformerXl) {
  SelfAttention attention = attention_in_double(Positions::kRelative);
  torch::NoGradGuard no_grad;
  const TensorMap weights = module_state(attention);
  for (const int64_t inputs : {1, 2, 7}) {
    const auto x = sequence(2, inputs);
    const auto scores = attention.scores(x, distance_sinusoids(inputs, kWidth, x));
    ASSERT_EQ(scores.sizes(), (std::vector<int64_t>{2, kHeads, inputs, inputs}));
    for (int64_t b = 0; b < 2; ++b) {
      const auto expected = scores_by_terms(x[b], weights);
      for (int64_t h = 0; h < kHeads; ++h)
        for (int64_t i = 0; i < inputs; ++i)
          for (int64_t j = 0; j < inputs; ++j)
            EXPECT_NEAR(at(scores, {b, h, i, j}),
                        expected[static_cast<size_t>(h)][static_cast<size_t>(i)][static_cast<size_t>(j)],
                        1e-12)
                << b << " " << h << " " << i << " " << j;
    }
  }
}

TEST(RelativeAttention, OutputIsTheSoftmaxOfTheScoresOverTheValues) {
  for (const Positions positions : {Positions::kRelative, Positions::kAbsolute}) {
    SelfAttention attention = attention_in_double(positions);
    torch::NoGradGuard no_grad;
    const TensorMap w = module_state(attention);
    const int64_t inputs = 6;
    const auto x = sequence(1, inputs);
    const auto distances =
        positions == Positions::kRelative ? distance_sinusoids(inputs, kWidth, x) : torch::Tensor();
    const auto scores = attention.scores(x, distances)[0];
    const auto values = mapped(x[0], w.at("value.weight"));
    auto heard = torch::zeros({inputs, kWidth}, torch::kFloat64);
    auto out = heard.accessor<double, 2>();
    for (int64_t h = 0; h < kHeads; ++h)
      for (int64_t i = 0; i < inputs; ++i) {
        double sum = 0;
        for (int64_t j = 0; j < inputs; ++j) sum += std::exp(at(scores, {h, i, j}));
        for (int64_t j = 0; j < inputs; ++j)
          for (int64_t n = h * kHeadWidth; n < (h + 1) * kHeadWidth; ++n)
            out[i][n] += std::exp(at(scores, {h, i, j})) / sum *
                         values[static_cast<size_t>(j)][static_cast<size_t>(n)];
      }
    const auto expected = mapped(heard, w.at("output.weight"));
    const auto y = attention.forward(x, distances);
    for (int64_t i = 0; i < inputs; ++i)
      for (int64_t n = 0; n < kWidth; ++n)
        EXPECT_NEAR(at(y, {0, i, n}), expected[static_cast<size_t>(i)][static_cast<size_t>(n)], 1e-12);
  }
}

TEST(AbsoluteAttention, ScoresAreProductsOfQueriesAndKeys) {
  SelfAttention attention = attention_in_double(Positions::kAbsolute);
  torch::NoGradGuard no_grad;
  const TensorMap w = module_state(attention);
  EXPECT_EQ(w.size(), 4u) << "neither biases nor a map of positions";
  const auto x = sequence(1, 5);
  const auto q = mapped(x[0], w.at("query.weight")), k = mapped(x[0], w.at("key.weight"));
  const auto scores = attention.scores(x, {});
  for (size_t h = 0; h < kHeads; ++h)
    for (size_t i = 0; i < 5; ++i)
      for (size_t j = 0; j < 5; ++j) {
        double product = 0;
        for (size_t n = h * kHeadWidth; n < (h + 1) * kHeadWidth; ++n) product += q[i][n] * k[j][n];
        EXPECT_NEAR(
            at(scores, {0, static_cast<int64_t>(h), static_cast<int64_t>(i), static_cast<int64_t>(j)}),
            product / 2, 1e-12);
      }
}

TEST(PropertyRelativeAttention, AShiftedInputHasShiftedScores) {
  SelfAttention attention = attention_in_double(Positions::kRelative);
  torch::NoGradGuard no_grad;
  const auto x = sequence(1, 9);
  const auto scores_of = [&](const torch::Tensor& y) {
    return attention.scores(y, distance_sinusoids(y.size(1), kWidth, y));
  };
  const auto scores = scores_of(x);
  for (const int64_t shift : {1, 4}) {
    const auto later = torch::cat({torch::ones({1, shift, kWidth}, torch::kFloat64), x}, 1);
    const auto shifted = scores_of(later).slice(2, shift).slice(3, shift);
    EXPECT_LT((shifted - scores).abs().max().item<double>(), 1e-12);
  }
}

TEST(PropertyRelativeAttention, OfEqualInputsOnlyTheDistanceCounts) {
  SelfAttention attention = attention_in_double(Positions::kRelative);
  torch::NoGradGuard no_grad;
  const int64_t inputs = 8;
  const auto x = sequence(1, 1).expand({1, inputs, kWidth}).contiguous();
  const auto scores = attention.scores(x, distance_sinusoids(inputs, kWidth, x));
  const auto inner = scores.slice(2, 1).slice(3, 1), outer = scores.slice(2, 0, -1).slice(3, 0, -1);
  EXPECT_LT((inner - outer).abs().max().item<double>(), 1e-12) << "along the diagonals";
  EXPECT_GT((scores - scores.transpose(2, 3)).abs().max().item<double>(), 1e-3) << "before is not after";
  EXPECT_GT(scores.std(3).min().item<double>(), 1e-3) << "a score depends on the distance";
}

TEST(Sinusoids, AreThoseOfTheTransformer) {
  const auto like = torch::zeros({1}, torch::kFloat64);
  const auto r = sinusoids({.first = 3, .count = 4, .step = -2}, 6, like);
  ASSERT_EQ(r.sizes(), (std::vector<int64_t>{4, 6}));
  for (int64_t p = 0; p < 4; ++p)
    for (int64_t k = 0; k < 3; ++k) {
      const double angle =
          static_cast<double>(3 - 2 * p) / std::pow(10000.0, 2.0 * static_cast<double>(k) / 6);
      EXPECT_NEAR(at(r, {p, 2 * k}), std::sin(angle), 1e-12);
      EXPECT_NEAR(at(r, {p, 2 * k + 1}), std::cos(angle), 1e-12);
    }
  EXPECT_EQ(sinusoids({.first = 0, .count = 1, .step = 1}, 4, torch::zeros({1})).scalar_type(),
            torch::kFloat32);
}

}  // namespace
}  // namespace melomine::models
