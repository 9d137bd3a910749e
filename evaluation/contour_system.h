#pragma once

#include "evaluation/system.h"

namespace melomine::evaluation {

/// The baseline, without learning: pitch contours, from f0 or from a score's notes
/// (retrieval/contour_match.h).
class ContourSystem : public System {
 public:
  explicit ContourSystem(const EvaluationConfig& config) : config_(config) {}
  /// Null unless `config.baseline`.
  static std::unique_ptr<System> make(const EvaluationConfig& config);

  std::string name() const override { return "baseline"; }
  std::vector<retrieval::Ranking> rank(const EvaluationSet& set, RunObserver& observer) const override;

 private:
  const EvaluationConfig& config_;
};

}  // namespace melomine::evaluation
