#include "evaluation/fused_system.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "evaluation/system.h"
#include "retrieval/normalise.h"

namespace melomine::evaluation {
namespace {

using retrieval::Hit;
using retrieval::Ranking;

/// One query's candidates by one system.
struct Scored {
  std::vector<double> scores;   ///< [candidates] standard deviations above the mean
  std::vector<double> start_s;  ///< [candidates] NaN where it was not found
};

/// @param counts  [candidates] whether it is one of the query's
Scored standard_scores(const Ranking& ranking, const std::vector<bool>& counts) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  Scored found{std::vector<double>(counts.size(), kNone), std::vector<double>(counts.size(), kNone)};
  double worst = std::numeric_limits<double>::infinity();
  for (const Hit& hit : ranking) {
    const auto candidate = static_cast<size_t>(hit.reference);
    found.start_s[candidate] = hit.start_s;
    if (!counts[candidate] || !std::isfinite(hit.score)) continue;
    found.scores[candidate] = hit.score;
    worst = std::min(worst, static_cast<double>(hit.score));
  }
  if (!std::isfinite(worst)) worst = 0;  // it has found none
  for (size_t c = 0; c < counts.size(); ++c)
    if (counts[c] && std::isnan(found.scores[c])) found.scores[c] = worst;
  retrieval::standardise(found.scores);
  return found;
}

Ranking fuse_query(std::span<const Scored> parts, std::span<const double> weights,
                   const std::vector<bool>& counts) {
  std::vector<std::pair<double, Hit>> fused;
  for (size_t c = 0; c < counts.size(); ++c) {
    if (!counts[c]) continue;
    double score = 0;
    Hit hit{.reference = static_cast<int64_t>(c)};
    for (size_t p = parts.size(); p-- > 0;) {
      score += weights[p] * parts[p].scores[c];
      if (!std::isnan(parts[p].start_s[c])) hit.start_s = parts[p].start_s[c];
    }
    hit.score = static_cast<float>(score);
    fused.emplace_back(score, hit);
  }
  // In double: two scores that only single precision takes for one keep their order.
  std::stable_sort(fused.begin(), fused.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  Ranking ranking;
  for (const auto& [score, hit] : fused) ranking.push_back(hit);
  return ranking;
}

class FusedSystem : public System {
 public:
  FusedSystem(std::vector<std::shared_ptr<const System>> parts, std::vector<double> weights)
      : parts_(std::move(parts)), weights_(std::move(weights)) {}
  std::vector<Ranking> rank(const EvaluationSet& set, RunObserver& observer) const override {
    std::vector<std::vector<Ranking>> ranked;
    for (const auto& part : parts_) ranked.push_back(part->rank(set, observer));
    return fuse(set, ranked, weights_);
  }

 private:
  std::vector<std::shared_ptr<const System>> parts_;
  std::vector<double> weights_;
};

class Fused : public configs::KindOf<Fused, SystemKind, FusedConfig> {
 public:
  bool needs_model() const override { return false; }
  std::vector<std::string> parts() const override { return config.of; }
  std::unique_ptr<System> make(const SystemContext& context) const override {
    return std::make_unique<FusedSystem>(context.parts, config.weights);
  }
};

}  // namespace

void bind(configs::Binder& b, FusedConfig& c) {
  b.texts("of", c.of, "names of the systems above it whose scores are added");
  b.numbers("weights", c.weights, configs::at_least(0),
            "of each one's scores, in standard deviations over the query's candidates");
  b.require(c.of.size() >= 2, "of", "needs at least two systems");
  b.require(std::set<std::string>(c.of.begin(), c.of.end()).size() == c.of.size(), "of",
            "names a system twice");
  b.require(c.weights.size() == c.of.size(), "weights", "needs one weight for each system of `of`");
  b.require(std::any_of(c.weights.begin(), c.weights.end(), [](double weight) { return weight > 0; }),
            "weights", "needs one above 0");
}

configs::KindEntry fused_kind() {
  return configs::kind<Fused>("fused", "the weighted sum of other systems' scores");
}

std::vector<Ranking> fuse(const EvaluationSet& set, std::span<const std::vector<Ranking>> parts,
                          std::span<const double> weights) {
  std::vector<Ranking> rankings;
  for (size_t q = 0; q < set.queries.size(); ++q) {
    std::vector<bool> counts(set.candidates().size(), true);
    for (const int64_t excluded : set.relevance[q].excluded) counts[static_cast<size_t>(excluded)] = false;
    std::vector<Scored> scored;
    for (const std::vector<Ranking>& part : parts) scored.push_back(standard_scores(part[q], counts));
    rankings.push_back(fuse_query(scored, weights, counts));
  }
  return rankings;
}

}  // namespace melomine::evaluation
