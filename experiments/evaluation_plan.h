#pragma once

#include <string>
#include <utility>
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
  bool keep_going = false;  ///< items of tables that are missing or broken are left out
  std::vector<EvaluationSetConfig> sets;

  /// The same in words; the shards' recordings are sound.
  evaluation::BrokenItems broken() const {
    return keep_going ? evaluation::BrokenItems::kAreLeftOut : evaluation::BrokenItems::kAreErrors;
  }
  /// SHA-256 of what is asked and how. Without `keep_going`, and where settings of later versions change
  /// nothing, it is that of versions that did not know them.
  std::string sha256() const;

  /// How hums of the corpus's own songs are searched, by the first set that searches them; validation is
  /// searched in the same way. The defaults without such a set.
  evaluation::HumSearchConfig corpus_search() const;
};
void bind(configs::Binder& b, EvaluationPlan& c);

/// The settings of a plan that name files, by their keys: "sets[0].queries", "sets[0].systems[1].checkpoint".
/// Those that name none are left out.
std::vector<std::pair<std::string, std::string*>> files_of(EvaluationPlan& plan);
/// The same of the settings that name folders of published sets (ProtocolKind::folders).
std::vector<std::pair<std::string, std::string*>> folders_of(EvaluationPlan& plan);

}  // namespace melomine::experiments
