#include "evaluation/folding.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "core/error.h"

namespace melomine::evaluation {

Folding::Folding(const EvaluationSet& set) : set_(set), relevance_(set.relevance) {
  const std::vector<EvaluationItem>& candidates = set.candidates();
  if (set.folds.empty()) {
    for (const EvaluationItem& item : candidates) candidates_.push_back(item.id);
    return;
  }
  if (set.folds.size() != candidates.size())
    throw ConfigError(fmt::format("[evaluate] '{}' has {} candidates but folds of {}", set.name,
                                  candidates.size(), set.folds.size()));
  std::map<std::string, int64_t> index;
  for (const std::string& name : set.folds) {
    const auto [entry, fresh] = index.emplace(name, static_cast<int64_t>(candidates_.size()));
    if (fresh) candidates_.push_back(name);
    candidate_of_.push_back(entry->second);
  }
  for (retrieval::Relevance& relevance : relevance_) {
    if (!relevance.excluded.empty())
      throw ConfigError(
          fmt::format("[evaluate] '{}' folds candidates of which queries exclude some", set.name));
    std::set<int64_t> targets;
    for (const int64_t target : relevance.targets)
      targets.insert(candidate_of_.at(static_cast<size_t>(target)));
    relevance.targets = {targets.begin(), targets.end()};
  }
}

retrieval::Ranking Folding::fold(const retrieval::Ranking& ranking) const {
  if (candidate_of_.empty()) return ranking;
  retrieval::Ranking folded;
  std::vector<bool> known(candidates_.size(), false);
  for (retrieval::Hit hit : ranking) {
    hit.reference = candidate_of_.at(static_cast<size_t>(hit.reference));
    if (known[static_cast<size_t>(hit.reference)]) continue;
    known[static_cast<size_t>(hit.reference)] = true;
    folded.push_back(hit);
  }
  return folded;
}

}  // namespace melomine::evaluation
