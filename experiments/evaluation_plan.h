#pragma once

#include <string>
#include <vector>

#include "configs/binder.h"
#include "evaluation/evaluation_config.h"
#include "evaluation/hum_search.h"
#include "experiments/protocol_kind.h"

namespace melomine::experiments {

/// What is asked of which systems.
struct EvaluationSetConfig {
  std::string name;
  ProtocolChoice protocol{"held_out"};  ///< its fields stand beside `name`, as do those of `settings`
  evaluation::EvaluationConfig settings;
};
void bind(configs::Binder& b, EvaluationSetConfig& c);

struct EvaluationPlan {
  std::vector<EvaluationSetConfig> sets;

  /// How hums of the corpus's own songs are searched, by the first set that searches them; validation is
  /// searched in the same way. The defaults without such a set.
  evaluation::HumSearchConfig corpus_search() const;
};
void bind(configs::Binder& b, EvaluationPlan& c);

}  // namespace melomine::experiments
