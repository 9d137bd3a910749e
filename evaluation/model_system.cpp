#include "evaluation/model_system.h"

namespace melomine::evaluation {

std::unique_ptr<System> ModelSystem::make(const EvaluationConfig& config, const retrieval::Embedder* model) {
  return model != nullptr ? std::make_unique<ModelSystem>(config, *model) : nullptr;
}

std::vector<retrieval::Ranking> ModelSystem::rank(const EvaluationSet& set, RunObserver& observer) const {
  return search_hums(set, model_, config_.search, observer);
}

}  // namespace melomine::evaluation
