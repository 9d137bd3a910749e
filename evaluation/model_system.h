#pragma once

#include "evaluation/system.h"

namespace melomine::evaluation {

/// A trained encoder: search_hums.
class ModelSystem : public System {
 public:
  ModelSystem(const EvaluationConfig& config, const retrieval::Embedder& model)
      : config_(config), model_(model) {}
  /// Null without a model.
  static std::unique_ptr<System> make(const EvaluationConfig& config, const retrieval::Embedder* model);

  std::string name() const override { return "model"; }
  std::vector<retrieval::Ranking> rank(const EvaluationSet& set, RunObserver& observer) const override;

 private:
  const EvaluationConfig& config_;
  const retrieval::Embedder& model_;
};

}  // namespace melomine::evaluation
