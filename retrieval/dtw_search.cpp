#include "retrieval/dtw_search.h"

#include <algorithm>

#include "retrieval/diagonals.h"

namespace melomine::retrieval {

void DtwSearch::fill(ScoreMatrix& scores, int64_t r) {
  for (size_t q = 0; q < block_.sums.size(); ++q) {
    const int64_t band = similarity_.dtw_band;
    // What is missing of a shorter reference lies before or behind it.
    const int64_t margin = band == 0 ? 0 : std::max<int64_t>(block_.steps_of(q) - reference_.steps, 0);
    const int64_t columns = reference_.steps + 2 * margin;
    const SequenceMatch best =
        band == 0 ? match(q, DtwRows(columns), margin) : match(q, BandedDtwRows(columns, band), margin);
    scores.at(static_cast<int64_t>(q), r) = static_cast<float>(best.score);
    scores.lag_at(static_cast<int64_t>(q), r) = best.lag;
  }
}

/// @param margin  steps that lie before the reference and behind it
template <class Rows>
SequenceMatch DtwSearch::match(size_t query, Rows rows, int64_t margin) {
  const double rest_cost = 1 + similarity_.uncovered_cost;
  costs_.assign(static_cast<size_t>(reference_.steps + 2 * margin), rest_cost);
  const std::vector<double>& voiced = block_.sums[query].voiced;
  int64_t counted = 0;
  const int64_t first = block_.first_step[query];
  for (int64_t t = 0; t < block_.steps_of(query); ++t) {
    const int64_t row = (first + t) % kProductRows;
    if (first + t == multiplied_) {
      const int64_t count = std::min(kProductRows, block_.steps() - multiplied_);
      products_.resize(static_cast<size_t>(kProductRows * reference_.steps));
      product(block_.values.data() + multiplied_ * block_.dim, reference_.values.data(), count,
              reference_.steps, block_.dim, products_.data());
      multiplied_ += count;
    }
    if (!voiced.empty() && voiced[static_cast<size_t>(t)] == 0) {
      rows.add_rest();
      continue;
    }
    ++counted;
    take_costs(products_.data() + row * reference_.steps, margin);
    rows.add(costs_);
  }
  if (counted == 0) return {.score = -rest_cost, .lag = 0};
  SequenceMatch best = rows.best();
  return {.score = best.score / static_cast<double>(counted), .lag = best.lag - margin};
}

/// The costs of one step of a query, from its products with the reference's steps.
void DtwSearch::take_costs(const float* products, int64_t margin) {
  double* costs = costs_.data() + margin;
  for (int64_t j = 0; j < reference_.steps; ++j) costs[j] = 1 - static_cast<double>(products[j]);
  if (similarity_.uncovered_cost == 0 || reference_.voiced.empty()) return;
  for (int64_t j = 0; j < reference_.steps; ++j)
    if (reference_.voiced[static_cast<size_t>(j)] == 0) costs[j] = 1 + similarity_.uncovered_cost;
}

}  // namespace melomine::retrieval
