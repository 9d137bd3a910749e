#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/layout_set.h"
#include "experiments/protocol_kind.h"

namespace melomine::experiments {

/// Tables and folders of candidates that are right for nothing, as several protocols have them.
struct FurtherReferences {
  std::vector<std::string> tables;  ///< CSVs or folders: reference_id, path
  int64_t most = 0;                 ///< the first so many by their ids; 0: all
};
/// @param key  "distractors": then the number is distractor_count
void bind_further(configs::Binder& b, const std::string& key, FurtherReferences& c);

/// What a set of a published layout is asked, with further references.
evaluation::LayoutRequest request_with(const FurtherReferences& further, evaluation::BrokenItems broken);

/// A protocol that a function is.
std::unique_ptr<evaluation::Protocol> published_protocol(std::function<evaluation::EvaluationSet()> build);

}  // namespace melomine::experiments
