#include "retrieval/sequence_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/error.h"
#include "retrieval/diagonals.h"

namespace melomine::retrieval {
namespace {

/// A stretch whose mean square deviation is below this share of its mean square is constant.
constexpr double kConstantShare = 1e-12;

}  // namespace

LagRange lag_range(int64_t query_steps, int64_t reference_steps) {
  if (query_steps < 1 || reference_steps < 1)
    throw ShapeError(fmt::format("[sequence match] a sequence is empty: query of {} steps, reference of {}",
                                 query_steps, reference_steps));
  return {.count = std::abs(reference_steps - query_steps) + 1,
          .step = query_steps <= reference_steps ? 1 : -1,
          .shorter_steps = std::min(query_steps, reference_steps)};
}

namespace detail {

template <class T>
PrefixSums prefix_sums(SequenceView<T> sequence) {
  PrefixSums sums{std::vector<double>(static_cast<size_t>(sequence.steps + 1)),
                  std::vector<double>(static_cast<size_t>(sequence.steps + 1))};
  const T* value = sequence.values;
  for (int64_t t = 0; t < sequence.steps; ++t) {
    double sum = 0, square = 0;
    for (int64_t d = 0; d < sequence.dim; ++d, ++value) {
      sum += *value;
      square += static_cast<double>(*value) * *value;
    }
    const auto at = static_cast<size_t>(t);
    sums.sum[at + 1] = sums.sum[at] + sum;
    sums.square[at + 1] = sums.square[at] + square;
  }
  return sums;
}
template PrefixSums prefix_sums(SequenceView<float>);
template PrefixSums prefix_sums(SequenceView<double>);

void finish_correlation(std::vector<double>& sums, const LagRange& lags, int64_t dim, const PrefixSums& query,
                        const PrefixSums& reference, Correlation kind) {
  const auto steps = static_cast<size_t>(lags.shorter_steps);
  if (kind == Correlation::kCross) {
    for (double& value : sums) value /= static_cast<double>(steps);
    return;
  }
  const PrefixSums& shorter = lags.step > 0 ? query : reference;
  const PrefixSums& longer = lags.step > 0 ? reference : query;
  const double n = static_cast<double>(lags.shorter_steps) * static_cast<double>(dim);
  const double mean_a = shorter.sum[steps] / n, power_a = shorter.square[steps] / n;
  const double variance_a = power_a - mean_a * mean_a;
  for (size_t i = 0; i < sums.size(); ++i) {
    const double mean_b = (longer.sum[i + steps] - longer.sum[i]) / n;
    const double power_b = (longer.square[i + steps] - longer.square[i]) / n;
    const double variance_b = power_b - mean_b * mean_b;
    const bool constant = variance_a <= kConstantShare * power_a || variance_b <= kConstantShare * power_b;
    sums[i] = constant ? 0 : (sums[i] / n - mean_a * mean_b) / std::sqrt(variance_a * variance_b);
  }
}

}  // namespace detail

template <class T>
std::vector<double> correlate(SequenceView<T> query, SequenceView<T> reference, Correlation kind) {
  const LagRange lags = lag_range(query.steps, reference.steps);
  if (query.dim != reference.dim || query.dim < 1)
    throw ShapeError(fmt::format("[sequence match] fingerprints of {} numbers against fingerprints of {}",
                                 query.dim, reference.dim));
  std::vector<T> products;
  // The place of a shorter reference in the query is minus the lag, in the same order.
  std::vector<double> sums =
      lags.step > 0 ? diagonal_sums(query, reference, products) : diagonal_sums(reference, query, products);
  detail::finish_correlation(sums, lags, query.dim, detail::prefix_sums(query),
                             detail::prefix_sums(reference), kind);
  return sums;
}
template std::vector<double> correlate(SequenceView<float>, SequenceView<float>, Correlation);
template std::vector<double> correlate(SequenceView<double>, SequenceView<double>, Correlation);

std::vector<double> cross_correlation(const FingerprintSequence& query,
                                      const FingerprintSequence& reference) {
  return correlate(view(query), view(reference), Correlation::kCross);
}
std::vector<double> pearson(const FingerprintSequence& query, const FingerprintSequence& reference) {
  return correlate(view(query), view(reference), Correlation::kPearson);
}

SequenceMatch best_lag(std::span<const double> correlation, const LagRange& lags) {
  const auto best = std::max_element(correlation.begin(), correlation.end());
  return {.score = *best, .lag = lags.lag(best - correlation.begin())};
}
double max_cross_correlation(SequenceView<float> a, SequenceView<float> b, std::vector<float>& scratch) {
  const LagRange lags = lag_range(a.steps, b.steps);
  const std::vector<double> sums =
      lags.step > 0 ? diagonal_sums(a, b, scratch) : diagonal_sums(b, a, scratch);
  return *std::max_element(sums.begin(), sums.end()) / static_cast<double>(lags.shorter_steps);
}

}  // namespace melomine::retrieval
