#include "retrieval/search.h"

#include <cblas.h>
#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>

#include "core/cancellation.h"
#include "core/error.h"

namespace melomine::retrieval {
namespace {

/// The workers are the parallelism here; a BLAS that started threads of its own would only get in their way.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas() : threads_(openblas_get_num_threads()) { openblas_set_num_threads(1); }
  ~SingleThreadedBlas() { openblas_set_num_threads(threads_); }
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;

 private:
  int threads_;
};

/// All queries end to end, so that one product serves several short ones.
struct QueryBlock {
  std::vector<float> values;        ///< [steps, dim]
  std::vector<size_t> query_of;     ///< [steps]
  std::vector<int64_t> first_step;  ///< [queries]
  std::vector<detail::PrefixSums> sums;
  int64_t steps = 0, dim = 0;
};

QueryBlock join_queries(std::span<const FingerprintSequence> queries) {
  QueryBlock block;
  block.dim = queries.empty() ? 0 : queries[0].dim;
  for (size_t q = 0; q < queries.size(); ++q) {
    if (queries[q].steps < 1 || queries[q].dim != block.dim)
      throw ShapeError(fmt::format("[search] query {} is [{}, {}], the first one has {} numbers a step", q,
                                   queries[q].steps, queries[q].dim, block.dim));
    block.first_step.push_back(block.steps);
    block.steps += queries[q].steps;
    block.values.insert(block.values.end(), queries[q].values.begin(), queries[q].values.end());
    block.query_of.insert(block.query_of.end(), static_cast<size_t>(queries[q].steps), q);
    block.sums.push_back(detail::prefix_sums(view(queries[q])));
  }
  return block;
}

/// One reference against all queries: column `r` of the scores.
void search_one(const QueryBlock& block, std::span<const FingerprintSequence> queries,
                const FingerprintSequence& reference, Correlation kind, std::vector<float>& products,
                ScoreMatrix& scores, int64_t r) {
  const detail::PrefixSums reference_sums = detail::prefix_sums(view(reference));
  products.resize(static_cast<size_t>(std::min(detail::kProductRows, block.steps) * reference.steps));
  std::vector<double> sums;
  for (int64_t start = 0; start < block.steps; start += detail::kProductRows) {
    const int64_t rows = std::min(detail::kProductRows, block.steps - start);
    detail::product(block.values.data() + start * block.dim, reference.values.data(), rows, reference.steps,
                    block.dim, products.data());
    for (int64_t row = 0; row < rows; ++row) {
      const size_t q = block.query_of[static_cast<size_t>(start + row)];
      const int64_t t = start + row - block.first_step[q];
      const LagRange lags = lag_range(queries[q].steps, reference.steps);
      if (t == 0) sums.assign(static_cast<size_t>(lags.count), 0.0);
      detail::add_products(products.data() + row * reference.steps, t, queries[q].steps, reference.steps,
                           sums.data());
      if (t + 1 < queries[q].steps) continue;
      detail::finish_correlation(sums, lags, block.dim, block.sums[q], reference_sums, kind);
      scores.at(static_cast<int64_t>(q), r) = static_cast<float>(best_lag(sums, lags).score);
    }
  }
}

}  // namespace

ScoreMatrix::ScoreMatrix(int64_t query_count, int64_t reference_count, float fill)
    : queries(query_count),
      references(reference_count),
      scores(static_cast<size_t>(query_count * reference_count), fill) {}

ScoreMatrix search_sequences(std::span<const FingerprintSequence> queries,
                             std::span<const FingerprintSequence> references, Correlation kind,
                             const SearchProgress& progress) {
  const QueryBlock block = join_queries(queries);
  for (size_t r = 0; r < references.size() && !queries.empty(); ++r) {
    if (references[r].steps < 1 || references[r].dim != block.dim)
      throw ShapeError(fmt::format("[search] reference {} is [{}, {}], the queries have {} numbers a step", r,
                                   references[r].steps, references[r].dim, block.dim));
  }
  const auto count = static_cast<int64_t>(references.size());
  ScoreMatrix scores(static_cast<int64_t>(queries.size()), count, 0.0f);
  const SingleThreadedBlas single;
  tbb::enumerable_thread_specific<std::vector<float>> buffers;
  std::mutex mutex;
  int64_t done = 0;
  tbb::parallel_for(int64_t{0}, count, [&](int64_t r) {
    throw_if_cancelled();
    search_one(block, queries, references[static_cast<size_t>(r)], kind, buffers.local(), scores, r);
    if (!progress) return;
    const std::lock_guard lock(mutex);
    progress(++done);
  });
  return scores;
}

std::vector<int64_t> best_references(std::span<const float> scores, int64_t count) {
  std::vector<int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  const auto better = [&](int64_t a, int64_t b) {
    const float x = scores[static_cast<size_t>(a)], y = scores[static_cast<size_t>(b)];
    const bool x_nan = std::isnan(x), y_nan = std::isnan(y);
    if (x_nan || y_nan) return x_nan == y_nan ? a < b : y_nan;
    return x != y ? x > y : a < b;
  };
  const auto kept = std::min(static_cast<size_t>(std::max<int64_t>(count, 0)), order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(), better);
  order.resize(kept);
  return order;
}

}  // namespace melomine::retrieval
