#include "evaluation/system.h"

namespace melomine::evaluation {

const configs::Catalogue& SystemKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(baseline),
      MELOMINE_KIND(model),
  };
  // clang-format on
  static const configs::Catalogue catalogue("system of evaluation", kinds);
  return catalogue;
}

std::vector<SystemChoice> default_systems() {
  return {SystemChoice("baseline"), SystemChoice("model")};
}

std::vector<NamedSystem> make_systems(const std::vector<SystemChoice>& systems,
                                      const retrieval::Embedder* model) {
  std::vector<NamedSystem> made;
  for (const SystemChoice& choice : systems)
    if (model != nullptr || !choice->needs_model()) made.push_back({choice.type(), choice->make(model)});
  return made;
}

}  // namespace melomine::evaluation
