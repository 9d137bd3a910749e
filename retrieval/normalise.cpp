#include "retrieval/normalise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/error.h"

namespace melomine::retrieval {
namespace {

/// Standard deviations below this are rounding: correlations are of the size of 1.
constexpr double kSmallestDeviation = 1e-6;

/// Scores seen, from which one can be taken out again.
class Cohort {
 public:
  void add(double score) {
    if (!std::isfinite(score)) return;
    ++count_, sum_ += score, square_ += score * score;
  }
  Cohort without(double score) const {
    Cohort rest = *this;
    if (std::isfinite(score)) --rest.count_, rest.sum_ -= score, rest.square_ -= score * score;
    return rest;
  }
  float normalised(float score) const {
    if (count_ < 1) return score;
    const auto n = static_cast<double>(count_);
    const double mean = sum_ / n, variance = square_ / n - mean * mean;
    const double deviation = std::sqrt(std::max(variance, 0.0));
    const double scale = count_ < 2 || deviation < kSmallestDeviation ? 1 : deviation;
    return static_cast<float>((score - mean) / scale);
  }

 private:
  int64_t count_ = 0;
  double sum_ = 0, square_ = 0;
};

bool holds(const std::vector<int64_t>& indices, int64_t index) {
  return std::find(indices.begin(), indices.end(), index) != indices.end();
}

/// Whether a query's score with a reference tells how the reference scores with strangers.
bool is_stranger(const Relevance& relevance, int64_t reference) {
  return !holds(relevance.targets, reference) && !holds(relevance.excluded, reference);
}

void normalise_references(std::vector<Ranking>& rankings, std::span<const Relevance> relevance) {
  std::unordered_map<int64_t, Cohort> cohorts;
  for (size_t q = 0; q < rankings.size(); ++q)
    for (const Hit& hit : rankings[q])
      if (is_stranger(relevance[q], hit.reference)) cohorts[hit.reference].add(hit.score);
  for (size_t q = 0; q < rankings.size(); ++q) {
    for (Hit& hit : rankings[q]) {
      const Cohort& cohort = cohorts[hit.reference];
      hit.score = is_stranger(relevance[q], hit.reference) ? cohort.without(hit.score).normalised(hit.score)
                                                           : cohort.normalised(hit.score);
    }
  }
}

void normalise_query(Ranking& ranking, const Relevance& relevance) {
  Cohort cohort;
  for (const Hit& hit : ranking)
    if (!holds(relevance.excluded, hit.reference)) cohort.add(hit.score);
  for (Hit& hit : ranking) hit.score = cohort.normalised(hit.score);
}

}  // namespace

void normalise(std::vector<Ranking>& rankings, Normalisation kind, std::span<const Relevance> relevance) {
  if (rankings.size() != relevance.size())
    throw ShapeError(fmt::format("[normalise] rankings of {} queries, but what is right for {}",
                                 rankings.size(), relevance.size()));
  if (kind == Normalisation::kNone) return;
  if (kind == Normalisation::kZ) normalise_references(rankings, relevance);
  for (size_t q = 0; q < rankings.size(); ++q) {
    if (kind == Normalisation::kT) normalise_query(rankings[q], relevance[q]);
    sort_hits(rankings[q]);
  }
}

}  // namespace melomine::retrieval
