#include <functional>
#include <utility>

#include "evaluation/contour_system.h"
#include "evaluation/model_system.h"
#include "evaluation/system.h"

namespace melomine::evaluation {
namespace {

/// Null where the settings do not ask for it.
using MakeSystem =
    std::function<std::unique_ptr<System>(const EvaluationConfig&, const retrieval::Embedder* model)>;

const std::vector<MakeSystem>& catalogue() {
  static const std::vector<MakeSystem> systems{
      [](const EvaluationConfig& config, const retrieval::Embedder*) { return ContourSystem::make(config); },
      [](const EvaluationConfig& config, const retrieval::Embedder* model) {
        return ModelSystem::make(config, model);
      }};
  return systems;
}

}  // namespace

std::vector<std::unique_ptr<System>> make_systems(const EvaluationConfig& config,
                                                  const retrieval::Embedder* model) {
  std::vector<std::unique_ptr<System>> systems;
  for (const MakeSystem& make : catalogue())
    if (auto system = make(config, model)) systems.push_back(std::move(system));
  return systems;
}

}  // namespace melomine::evaluation
