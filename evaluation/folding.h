#pragma once

#include <string>
#include <vector>

#include "evaluation/evaluation_set.h"
#include "retrieval/index.h"

namespace melomine::evaluation {

/// How the candidates of a set are judged where several of them are one: parts of a song as the song (Zalo's
/// Hum to Song), say. A set without folds is judged as it is.
class Folding {
 public:
  /// @param set  outlives it
  /// @throws ConfigError where the folds are not those of the candidates, or a query excludes some
  explicit Folding(const EvaluationSet& set);

  const EvaluationSet& set() const { return set_; }
  const std::vector<std::string>& candidates() const { return candidates_; }  ///< ids
  /// [queries] by indices of `candidates`.
  const std::vector<retrieval::Relevance>& relevance() const { return relevance_; }
  /// Of each candidate its best hit alone, in the order of the ranking, by indices of `candidates`.
  retrieval::Ranking fold(const retrieval::Ranking& ranking) const;

 private:
  const EvaluationSet& set_;
  std::vector<int64_t> candidate_of_;  ///< [the set's candidates]; empty: each is its own
  std::vector<std::string> candidates_;
  std::vector<retrieval::Relevance> relevance_;
};

}  // namespace melomine::evaluation
