#include "retrieval/sequence_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "core/error.h"
#include "retrieval/diagonals.h"

namespace melomine::retrieval {
namespace {

/// A stretch whose mean square deviation is below this share of its mean square is constant.
constexpr double kConstantShare = 1e-12;

/// Each step of it is two more rows that are held for all places of a reference.
constexpr double kWidestDtwBand = 200;
constexpr double kWidestDrift = 50;  // steps; the work grows with it

void correlate_unmasked(std::vector<double>& sums, const SequenceSums& shorter, const SequenceSums& longer,
                        Correlation kind) {
  const auto steps = static_cast<size_t>(shorter.steps());
  for (size_t i = 0; i < sums.size(); ++i)
    sums[i] = kind == Correlation::kCross
                  ? sums[i] / static_cast<double>(steps)
                  : pearson_of({.n = static_cast<double>(shorter.steps()) * static_cast<double>(shorter.dim),
                                .product = sums[i],
                                .sum_a = shorter.sum[steps],
                                .sum_b = longer.sum[i + steps] - longer.sum[i],
                                .square_a = shorter.square[steps],
                                .square_b = longer.square[i + steps] - longer.square[i]});
}

/// Σ_t a_t b_{t + i}, for each place i at which a lies inside b.
std::vector<double> slide(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> sums(b.size() - a.size() + 1);
  for (size_t t = 0; t < a.size(); ++t) {
    if (a[t] == 0) continue;
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += a[t] * b[t + i];
  }
  return sums;
}

double voiced_steps(const SequenceSums& sums) {
  return sums.voiced.empty() ? static_cast<double>(sums.steps())
                             : std::accumulate(sums.voiced.begin(), sums.voiced.end(), 0.0);
}

/// Two sequences of which at least one is masked, at every place of the shorter in the longer.
class Masked {
 public:
  Masked(const SequenceSums& shorter, const SequenceSums& longer)
      : shorter_(masked(shorter)),
        longer_(masked(longer)),
        common_(slide(shorter_.voiced, longer_.voiced)),
        least_(std::max(kLeastInCommon * voiced_steps(shorter_), 1.0)) {}

  void correlate(std::vector<double>& sums, Correlation kind) const {
    if (kind == Correlation::kPearson) pearson(sums);
    for (size_t i = 0; i < sums.size(); ++i) {
      if (kind == Correlation::kCross) sums[i] /= std::max(common_[i], least_);
      if (kind == Correlation::kPearson) sums[i] *= std::min(common_[i] / least_, 1.0);
    }
  }

  void charge(std::vector<double>& similarities, double query_steps, double cost) const {
    for (size_t i = 0; i < similarities.size(); ++i)
      similarities[i] -= cost * (1 - common_[i] / std::max(query_steps, 1.0));
  }

 private:
  /// With a mask by which all count, if it has none.
  static SequenceSums masked(SequenceSums sums) {
    if (!sums.voiced.empty()) return sums;
    sums.voiced.assign(static_cast<size_t>(sums.steps()), 1.0);
    for (size_t t = 0; t < sums.voiced.size(); ++t) {
      sums.step_sum.push_back(sums.sum[t + 1] - sums.sum[t]);
      sums.step_square.push_back(sums.square[t + 1] - sums.square[t]);
    }
    return sums;
  }

  void pearson(std::vector<double>& sums) const {
    const auto sum_a = slide(shorter_.step_sum, longer_.voiced),
               sum_b = slide(shorter_.voiced, longer_.step_sum);
    const auto square_a = slide(shorter_.step_square, longer_.voiced),
               square_b = slide(shorter_.voiced, longer_.step_square);
    for (size_t i = 0; i < sums.size(); ++i)
      sums[i] = common_[i] == 0 ? 0
                                : pearson_of({.n = common_[i] * static_cast<double>(shorter_.dim),
                                              .product = sums[i],
                                              .sum_a = sum_a[i],
                                              .sum_b = sum_b[i],
                                              .square_a = square_a[i],
                                              .square_b = square_b[i]});
  }

  SequenceSums shorter_, longer_;
  std::vector<double> common_;  ///< steps that count in both, at each place
  double least_;
};

}  // namespace

namespace {

void bind_uncovered_cost(configs::Binder& b, Similarity& c) {
  b.number(
      "uncovered_cost", c.uncovered_cost, configs::between(0, 2),
      "what is taken from the similarity of a query of which nothing is compared; less where more is; 0: "
      "nothing");
}

}  // namespace

void bind(configs::Binder& b, Similarity& c) {
  b.enumeration(
      "correlation", c.correlation, {{"cross", Correlation::kCross}, {"pearson", Correlation::kPearson}},
      "of two stretches: cross, the mean inner product (the paper's of mining), or Pearson's r (the "
      "paper's of search)");
  bind_uncovered_cost(b, c);
}

void bind_search(configs::Binder& b, Similarity& c) {
  b.enumeration(
      "correlation", c.correlation,
      {{"cross", Correlation::kCross}, {"pearson", Correlation::kPearson}, {"dtw", Correlation::kDtw}},
      "of two stretches: cross, the mean inner product, or Pearson's r (the paper's of search); "
      "dtw: minus the mean cosine distance along the best warping path (the paper's of scores)");
  bind_uncovered_cost(b, c);
  b.sparse_integer("dtw_band", c.dtw_band, configs::between(0, kWidestDtwBand),
                   "of dtw: steps that a path may lie off the diagonal through its start; 0: any number");
  b.require(c.dtw_band == 0 || c.correlation == Correlation::kDtw, "dtw_band",
            "goes with correlation: dtw alone");
  b.sparse_integer(
      "drift_steps", c.drift_steps, configs::between(0, kWidestDrift),
      "of cross: each step of a query meets the most alike of the reference's steps so far about "
      "its own; 0: its own");
  b.require(c.drift_steps == 0 || c.correlation == Correlation::kCross, "drift_steps",
            "goes with correlation: cross alone");
}

double pearson_of(const PairSums& s) {
  const double mean_a = s.sum_a / s.n, power_a = s.square_a / s.n;
  const double mean_b = s.sum_b / s.n, power_b = s.square_b / s.n;
  const double variance_a = power_a - mean_a * mean_a, variance_b = power_b - mean_b * mean_b;
  const bool constant = variance_a <= kConstantShare * power_a || variance_b <= kConstantShare * power_b;
  return constant ? 0 : (s.product / s.n - mean_a * mean_b) / std::sqrt(variance_a * variance_b);
}

LagRange lag_range(int64_t query_steps, int64_t reference_steps) {
  if (query_steps < 1 || reference_steps < 1)
    throw ShapeError(fmt::format("[sequence match] a sequence is empty: query of {} steps, reference of {}",
                                 query_steps, reference_steps));
  return {.count = std::abs(reference_steps - query_steps) + 1,
          .step = query_steps <= reference_steps ? 1 : -1,
          .shorter_steps = std::min(query_steps, reference_steps)};
}

std::vector<LagSpan> places_in(std::span<const LagSpan> spans, const LagRange& lags) {
  if (spans.empty()) return {{0, lags.count}};
  std::vector<LagSpan> places;
  for (const LagSpan& span : spans) {
    const int64_t first = lags.step > 0 ? span.first : 1 - span.last;
    const int64_t last = lags.step > 0 ? span.last : 1 - span.first;
    const LagSpan clipped{std::max<int64_t>(first, 0), std::min(last, lags.count)};
    if (clipped.first < clipped.last) places.push_back(clipped);
  }
  std::sort(places.begin(), places.end(),
            [](const LagSpan& a, const LagSpan& b) { return a.first < b.first; });
  size_t kept = 0;
  for (size_t i = 1; i < places.size(); ++i) {
    if (places[i].first <= places[kept].last)
      places[kept].last = std::max(places[kept].last, places[i].last);
    else
      places[++kept] = places[i];
  }
  if (!places.empty()) places.resize(kept + 1);
  return places;
}

template <class T>
SequenceSums sequence_sums(SequenceView<T> sequence) {
  const auto steps = static_cast<size_t>(sequence.steps);
  SequenceSums sums{
      .dim = sequence.dim, .sum = std::vector<double>(steps + 1), .square = std::vector<double>(steps + 1)};
  const T* value = sequence.values;
  for (size_t t = 0; t < steps; ++t) {
    double sum = 0, square = 0;
    for (int64_t d = 0; d < sequence.dim; ++d, ++value) {
      sum += *value;
      square += static_cast<double>(*value) * *value;
    }
    sums.sum[t + 1] = sums.sum[t] + sum;
    sums.square[t + 1] = sums.square[t] + square;
    if (sequence.voiced == nullptr) continue;
    sums.voiced.push_back(sequence.voiced[t] != 0 ? 1 : 0);
    sums.step_sum.push_back(sum);
    sums.step_square.push_back(square);
  }
  return sums;
}
template SequenceSums sequence_sums(SequenceView<float>);
template SequenceSums sequence_sums(SequenceView<double>);

void finish_similarity(std::vector<double>& sums, const SequenceSums& query, const SequenceSums& reference,
                       const Similarity& similarity) {
  if (similarity.correlation == Correlation::kDtw)
    throw ConfigError("[sequence match] dtw has no similarity at a lag; search alone can compare by it");
  const LagRange lags = lag_range(query.steps(), reference.steps());
  const SequenceSums& shorter = lags.step > 0 ? query : reference;
  const SequenceSums& longer = lags.step > 0 ? reference : query;
  if (!query.voiced.empty() || !reference.voiced.empty()) {
    const Masked masked(shorter, longer);
    masked.correlate(sums, similarity.correlation);
    masked.charge(sums, voiced_steps(query), similarity.uncovered_cost);
    return;
  }
  correlate_unmasked(sums, shorter, longer, similarity.correlation);
  const double uncovered = 1 - static_cast<double>(lags.shorter_steps) / static_cast<double>(query.steps());
  for (double& value : sums) value -= similarity.uncovered_cost * uncovered;
}

SequenceMatch best_lag(std::span<const double> correlation, const LagRange& lags) {
  const auto best = std::max_element(correlation.begin(), correlation.end());
  return {.score = *best, .lag = lags.lag(best - correlation.begin())};
}
double max_cross_correlation(SequenceView<float> a, SequenceView<float> b, std::vector<float>& scratch) {
  const bool b_is_longer = lag_range(a.steps, b.steps).step > 0;
  const SequenceView<float> shorter = b_is_longer ? a : b, longer = b_is_longer ? b : a;
  std::vector<double> sums = diagonal_sums(shorter, longer, scratch);
  if (shorter.voiced == nullptr && longer.voiced == nullptr)
    return *std::max_element(sums.begin(), sums.end()) / static_cast<double>(shorter.steps);
  finish_similarity(sums, sequence_sums(shorter), sequence_sums(longer),
                    {.correlation = Correlation::kCross});
  return *std::max_element(sums.begin(), sums.end());
}

}  // namespace melomine::retrieval
