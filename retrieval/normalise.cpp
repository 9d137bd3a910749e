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
/// The same of scores of any size, as a share of the largest.
constexpr double kSmallestShare = 1e-6;
/// A spread takes two.
constexpr int64_t kSmallestCohort = 2;

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
  bool is_enough() const { return count_ >= kSmallestCohort; }
  double variance() const {
    const auto n = static_cast<double>(count_);
    return count_ < 1 ? 0 : std::max(square_ / n - sum_ / n * (sum_ / n), 0.0);
  }
  /// @param spread  stands in for that of a cohort whose scores are all equal
  float normalised(float score, double spread) const {
    if (count_ < 1) return score;
    const double deviation = std::sqrt(variance());
    const double scale = deviation < kSmallestDeviation ? spread : deviation;
    return static_cast<float>((score - sum_ / static_cast<double>(count_)) / scale);
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

/// What the references of a set score with strangers.
class ReferenceCohorts {
 public:
  ReferenceCohorts(std::span<const Ranking> rankings, std::span<const Relevance> relevance) {
    for (size_t q = 0; q < rankings.size(); ++q)
      for (const Hit& hit : rankings[q])
        if (is_stranger(relevance[q], hit.reference)) cohorts_[hit.reference].add(hit.score);
    double variances = 0;
    for (const auto& [reference, cohort] : cohorts_) variances += cohort.variance();
    if (!cohorts_.empty()) spread_ = std::sqrt(variances / static_cast<double>(cohorts_.size()));
    if (!(spread_ >= kSmallestDeviation)) spread_ = 1;
  }

  /// Whether each score that counts has a cohort that tells its mean and its spread.
  bool are_enough(std::span<const Ranking> rankings, std::span<const Relevance> relevance) const {
    for (size_t q = 0; q < rankings.size(); ++q)
      for (const Hit& hit : rankings[q])
        if (!holds(relevance[q].excluded, hit.reference) && std::isfinite(hit.score) &&
            !of(hit, relevance[q]).is_enough())
          return false;
    return true;
  }

  float normalised(const Hit& hit, const Relevance& relevance) const {
    return of(hit, relevance).normalised(hit.score, spread_);
  }

 private:
  /// The query that asks is in no cohort of its own.
  Cohort of(const Hit& hit, const Relevance& relevance) const {
    const auto found = cohorts_.find(hit.reference);
    if (found == cohorts_.end()) return {};
    return is_stranger(relevance, hit.reference) ? found->second.without(hit.score) : found->second;
  }

  std::unordered_map<int64_t, Cohort> cohorts_;
  double spread_ = 1;  ///< root mean square of the cohorts'
};

/// False, and nothing changed, where a cohort is too small.
bool normalise_references(std::span<Ranking> rankings, std::span<const Relevance> relevance) {
  const ReferenceCohorts cohorts(rankings, relevance);
  if (!cohorts.are_enough(rankings, relevance)) return false;
  for (size_t q = 0; q < rankings.size(); ++q)
    for (Hit& hit : rankings[q]) hit.score = cohorts.normalised(hit, relevance[q]);
  return true;
}

void normalise_query(Ranking& ranking, const Relevance& relevance) {
  Cohort cohort;
  for (const Hit& hit : ranking)
    if (!holds(relevance.excluded, hit.reference)) cohort.add(hit.score);
  for (Hit& hit : ranking) hit.score = cohort.normalised(hit.score, 1);
}

}  // namespace

Normalisation normalise(std::vector<Ranking>& rankings, Normalisation kind,
                        std::span<const Relevance> relevance) {
  if (rankings.size() != relevance.size())
    throw ShapeError(fmt::format("[normalise] rankings of {} queries, but what is right for {}",
                                 rankings.size(), relevance.size()));
  if (kind == Normalisation::kNone) return kind;
  if (kind == Normalisation::kZ && !normalise_references(rankings, relevance)) return Normalisation::kNone;
  for (size_t q = 0; q < rankings.size(); ++q) {
    if (kind == Normalisation::kT) normalise_query(rankings[q], relevance[q]);
    sort_hits(rankings[q]);
  }
  return kind;
}

void standardise(std::span<double> scores) {
  double n = 0, sum = 0, squares = 0, largest = 0;
  for (const double score : scores)
    if (!std::isnan(score)) n += 1, sum += score, largest = std::max(largest, std::abs(score));
  const double mean = n > 0 ? sum / n : 0;
  for (const double score : scores)
    if (!std::isnan(score)) squares += (score - mean) * (score - mean);
  const double deviation = n > 0 ? std::sqrt(squares / n) : 0;
  for (double& score : scores)
    if (!std::isnan(score)) score = deviation > kSmallestShare * largest ? (score - mean) / deviation : 0;
}

}  // namespace melomine::retrieval
