#pragma once

#include <string>
#include <vector>

#include "configs/binder.h"
#include "evaluation/system.h"

namespace melomine::evaluation {

/// How a set is searched and judged.
struct EvaluationConfig {
  std::vector<SystemChoice> systems = default_systems();
  int64_t bootstrap_resamples = 2000;
  int64_t seed = 0;                  ///< of the bootstrap
  std::string distance_matrix = {};  ///< "mirex": beside the report each system's distances; "": none
};
void bind(configs::Binder& b, EvaluationConfig& c);

/// The settings of the first system of this kind, or null. Config is the kind's.
template <class Config>
const Config* settings_of(const EvaluationConfig& config, std::string_view type) {
  for (const SystemChoice& system : config.systems)
    if (system.type() == type) return &system.settings<Config>();
  return nullptr;
}

}  // namespace melomine::evaluation
