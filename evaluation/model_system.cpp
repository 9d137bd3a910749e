#include "evaluation/hum_search.h"
#include "evaluation/system.h"

namespace melomine::evaluation {
namespace {

class ModelSystem : public System {
 public:
  ModelSystem(HumSearchConfig config, const SystemContext& context)
      : config_(std::move(config)), model_(*context.model), sample_(context.sample) {}
  std::vector<retrieval::Ranking> rank(const EvaluationSet& set, RunObserver& observer) const override {
    return search_hums(set, model_, config_, observer, sample_.get());
  }

 private:
  HumSearchConfig config_;
  const retrieval::Embedder& model_;
  std::shared_ptr<FingerprintSample> sample_;
};

class Model : public configs::KindOf<Model, SystemKind, HumSearchConfig> {
 public:
  void fields(configs::Binder& b) override {
    b.sparse_text("checkpoint", checkpoint_,
                  "encoder of another run, a .safetensors file; empty: that of the run, or of --checkpoint");
    KindOf::fields(b);
  }
  bool needs_model() const override { return true; }
  std::string* checkpoint() override { return &checkpoint_; }
  std::unique_ptr<System> make(const SystemContext& context) const override {
    return std::make_unique<ModelSystem>(config, context);
  }

 private:
  std::string checkpoint_;
};

}  // namespace

configs::KindEntry model_kind() {
  return configs::kind<Model>(
      "model", "a trained encoder: fingerprint sequences, the highest similarity over all lags");
}

}  // namespace melomine::evaluation
