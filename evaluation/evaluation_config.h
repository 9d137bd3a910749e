#pragma once

#include <string>
#include <vector>

#include "configs/binder.h"
#include "evaluation/evaluation.h"

namespace melomine::evaluation {

/// One set of queries and references, and how it is searched.
struct EvaluationSetConfig {
  std::string name;
  std::string queries;                  ///< CSV: query, reference_id or group; "" = the held-out songs' hums
  std::vector<std::string> references;  ///< CSVs: reference_id, path, taken together; none = hum against hum
  EvaluationConfig settings;            ///< their fields stand beside `name`
};
void bind(configs::Binder& b, EvaluationSetConfig& c);

struct EvaluationPlan {
  std::vector<EvaluationSetConfig> sets;
};
void bind(configs::Binder& b, EvaluationPlan& c);

}  // namespace melomine::evaluation
