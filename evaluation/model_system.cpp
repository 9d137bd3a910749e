#include "evaluation/hum_search.h"
#include "evaluation/system.h"

namespace melomine::evaluation {
namespace {

class ModelSystem : public System {
 public:
  ModelSystem(HumSearchConfig config, const retrieval::Embedder& model)
      : config_(std::move(config)), model_(model) {}
  std::vector<retrieval::Ranking> rank(const EvaluationSet& set, RunObserver& observer) const override {
    return search_hums(set, model_, config_, observer);
  }

 private:
  HumSearchConfig config_;
  const retrieval::Embedder& model_;
};

class Model : public configs::KindOf<Model, SystemKind, HumSearchConfig> {
 public:
  bool needs_model() const override { return true; }
  std::unique_ptr<System> make(const retrieval::Embedder* model) const override {
    return std::make_unique<ModelSystem>(config, *model);
  }
};

}  // namespace

configs::KindEntry model_kind() {
  return configs::kind<Model>(
      "model", "a trained encoder: fingerprint sequences, the highest similarity over all lags");
}

}  // namespace melomine::evaluation
