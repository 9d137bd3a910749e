#include "retrieval/search.h"

#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>

#include "core/cancellation.h"
#include "core/error.h"
#include "retrieval/diagonals.h"
#include "retrieval/dtw_search.h"
#include "retrieval/query_block.h"

namespace melomine::retrieval {
namespace {

/// Each value becomes the highest of those at most `radius` away.
/// @param peaks  scratch
void widen_peaks(std::span<float> values, int64_t radius, std::vector<float>& peaks) {
  const size_t count = values.size(), reach = std::min(static_cast<size_t>(radius), count - 1);
  peaks.assign(values.begin(), values.end());
  for (size_t shift = 1; shift <= reach; ++shift)
    for (size_t i = 0; i + shift < count; ++i) {
      values[i] = std::max(values[i], peaks[i + shift]);
      values[i + shift] = std::max(values[i + shift], peaks[i]);
    }
}

/// One reference against all queries: column `r` of the scores.
class ReferenceSearch {
 public:
  ReferenceSearch(const QueryBlock& block, const FingerprintSequence& reference, const SequenceSums& sums,
                  const Similarity& similarity, std::vector<float>& products)
      : block_(block),
        reference_(reference),
        reference_sums_(sums),
        similarity_(similarity),
        products_(products) {}

  void fill(ScoreMatrix& scores, int64_t r) {
    std::vector<double> sums;
    size_t q = 0;  // the query that the next row belongs to
    for (int64_t begin = 0; begin < block_.steps(); begin += kProductRows) {
      const int64_t end = std::min(begin + kProductRows, block_.steps());
      if (any_fits(q, end)) multiply(begin, end);
      for (; q < block_.sums.size() && block_.first_step[q] < end; ++q) {
        const int64_t first = block_.first_step[q], last = block_.first_step[q + 1];
        const int64_t from = std::max(begin, first), to = std::min(end, last);
        if (fits(q)) {
          const int64_t lags = reference_.steps - block_.steps_of(q) + 1;
          if (from == first) sums.assign(static_cast<size_t>(lags), 0.0);
          add_diagonals(products_.data() + (from - begin) * reference_.steps + (from - first), to - from,
                        reference_.steps, lags, sums.data());
        }
        if (to < last) break;
        if (!fits(q)) sums = slide_reference(q);
        record_best(q, sums, scores, r);
      }
    }
  }

 private:
  bool fits(size_t q) const { return block_.steps_of(q) <= reference_.steps; }

  bool any_fits(size_t q, int64_t end) const {
    for (; q < block_.sums.size() && block_.first_step[q] < end; ++q)
      if (fits(q)) return true;
    return false;
  }

  void multiply(int64_t begin, int64_t end) {
    products_.resize(static_cast<size_t>(kProductRows * reference_.steps));
    product(block_.values.data() + begin * block_.dim, reference_.values.data(), end - begin,
            reference_.steps, block_.dim, products_.data());
    if (similarity_.drift_steps == 0) return;
    for (int64_t row = 0; row < end - begin; ++row)
      let_drift({products_.data() + row * reference_.steps, static_cast<size_t>(reference_.steps)});
  }

  /// What a step of a query finds about each step of the reference: of rests nothing, and on them nothing.
  void let_drift(std::span<float> products) {
    const std::vector<uint8_t>& voiced = reference_.voiced;
    for (size_t n = 0; n < voiced.size(); ++n)
      if (voiced[n] == 0) products[n] = std::numeric_limits<float>::lowest();
    widen_peaks(products, similarity_.drift_steps, peaks_);
    for (size_t n = 0; n < voiced.size(); ++n)
      if (voiced[n] == 0) products[n] = 0;
  }

  /// For each place i of the reference inside the query: Σ_n <q_{i + n}, r_n>.
  std::vector<double> slide_reference(size_t q) {
    const SequenceView<float> query{block_.values.data() + block_.first_step[q] * block_.dim,
                                    block_.steps_of(q), block_.dim};
    if (similarity_.drift_steps == 0) return diagonal_sums(view(reference_), query, slid_products_);
    const int64_t columns = reference_.steps;
    slid_products_.resize(static_cast<size_t>(query.steps * columns));
    product(query.values, reference_.values.data(), query.steps, columns, block_.dim, slid_products_.data());
    std::vector<double> sums(static_cast<size_t>(query.steps - columns + 1));
    for (int64_t t = 0; t < query.steps; ++t) {
      const std::span<float> row(slid_products_.data() + t * columns, static_cast<size_t>(columns));
      let_drift(row);
      const int64_t first = std::max<int64_t>(0, t - columns + 1);
      for (int64_t i = first; i <= std::min(t, query.steps - columns); ++i)
        sums[static_cast<size_t>(i)] += row[static_cast<size_t>(t - i)];
    }
    return sums;
  }

  void record_best(size_t q, std::vector<double>& sums, ScoreMatrix& scores, int64_t r) const {
    finish_similarity(sums, block_.sums[q], reference_sums_, similarity_);
    const SequenceMatch best = best_lag(sums, lag_range(block_.steps_of(q), reference_.steps));
    const auto row = static_cast<int64_t>(q);
    scores.at(row, r) = static_cast<float>(best.score);
    scores.lag_at(row, r) = best.lag;
  }

  const QueryBlock& block_;
  const FingerprintSequence& reference_;
  const SequenceSums& reference_sums_;
  const Similarity& similarity_;
  std::vector<float>& products_;
  std::vector<float> slid_products_, peaks_;
};

}  // namespace

ScoreMatrix::ScoreMatrix(int64_t query_count, int64_t reference_count, float fill)
    : queries(query_count),
      references(reference_count),
      scores(static_cast<size_t>(query_count * reference_count), fill),
      lags(scores.size()) {}

namespace {

/// @param sums  [references], or empty: each is summed where it is searched
ScoreMatrix search(std::span<const FingerprintSequence> queries,
                   std::span<const FingerprintSequence> references, std::span<const SequenceSums> sums,
                   const Similarity& similarity, const SearchProgress& progress) {
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
    const FingerprintSequence& reference = references[static_cast<size_t>(r)];
    if (similarity.correlation == Correlation::kDtw)
      DtwSearch(block, reference, similarity, buffers.local()).fill(scores, r);
    else if (sums.empty())
      ReferenceSearch(block, reference, sequence_sums(view(reference)), similarity, buffers.local())
          .fill(scores, r);
    else
      ReferenceSearch(block, reference, sums[static_cast<size_t>(r)], similarity, buffers.local())
          .fill(scores, r);
    if (!progress) return;
    const std::lock_guard lock(mutex);
    progress(++done);
  });
  return scores;
}

}  // namespace

ScoreMatrix search_sequences(std::span<const FingerprintSequence> queries,
                             std::span<const FingerprintSequence> references, const Similarity& similarity,
                             const SearchProgress& progress) {
  return search(queries, references, {}, similarity, progress);
}

ScoreMatrix search_sequences(std::span<const FingerprintSequence> queries,
                             std::span<const FingerprintSequence> references,
                             std::span<const SequenceSums> sums, const Similarity& similarity,
                             const SearchProgress& progress) {
  if (sums.size() != references.size())
    throw ShapeError(
        fmt::format("[search] sums of {} references, of which there are {}", sums.size(), references.size()));
  return search(queries, references, sums, similarity, progress);
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
