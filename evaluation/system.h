#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/progress.h"
#include "evaluation/evaluation_config.h"
#include "evaluation/evaluation_set.h"
#include "retrieval/embedder.h"
#include "retrieval/index.h"

namespace melomine::evaluation {

/// What is judged: something that ranks the candidates of each query.
class System {
 public:
  virtual ~System() = default;
  /// In reports: "baseline", "model".
  virtual std::string name() const = 0;
  /// @returns [queries]; candidates that it leaves out rank behind all others
  virtual std::vector<retrieval::Ranking> rank(const EvaluationSet& set, RunObserver& observer) const = 0;
};

/// The systems that the settings ask for, in the order of a report; one line of the catalogue each. They keep
/// references to both.
/// @param model  null: no system that needs one
std::vector<std::unique_ptr<System>> make_systems(const EvaluationConfig& config,
                                                  const retrieval::Embedder* model);

}  // namespace melomine::evaluation
