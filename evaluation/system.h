#pragma once

#include <memory>
#include <string>
#include <vector>

#include "configs/choice.h"
#include "core/progress.h"
#include "evaluation/evaluation_set.h"
#include "retrieval/embedder.h"
#include "retrieval/index.h"

namespace melomine::evaluation {

/// What is judged: something that ranks the candidates of each query.
class System {
 public:
  virtual ~System() = default;
  /// @returns [queries]; candidates that it leaves out rank behind all others
  virtual std::vector<retrieval::Ranking> rank(const EvaluationSet& set, RunObserver& observer) const = 0;
};

/// A kind of system with its settings; reports call it by the kind's name.
class SystemKind : public configs::Kind {
 public:
  /// evaluation/system_catalog.cpp
  static const configs::Catalogue& catalogue();
  /// Whether it hears by a trained encoder, and so differs from round to round.
  virtual bool needs_model() const = 0;
  /// @param model  outlives the system; null only for one that needs none
  virtual std::unique_ptr<System> make(const retrieval::Embedder* model) const = 0;
};

using SystemChoice = configs::Choice<SystemKind>;

/// The baseline, then the model.
std::vector<SystemChoice> default_systems();

/// A system as a report calls it.
struct NamedSystem {
  std::string name;
  std::unique_ptr<System> system;
};

/// In the order chosen, which is that of a report. @param model  null: those that need one are left out
std::vector<NamedSystem> make_systems(const std::vector<SystemChoice>& systems,
                                      const retrieval::Embedder* model);

}  // namespace melomine::evaluation
