#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/binder.h"

namespace melomine::experiments {

/// One set of queries and references.
struct EvaluationSetConfig {
  std::string name;
  std::string queries;                  ///< CSV: query, reference_id or group; "" = the held-out songs' hums
  std::vector<std::string> references;  ///< CSVs: reference_id, path, taken together; none = hum against hum
  std::vector<double> tempo_ratios;     ///< for this set in place of the common ones; empty = the common ones
};
void bind(configs::Binder& b, EvaluationSetConfig& c);

struct EvaluationConfig {
  std::vector<EvaluationSetConfig> sets;
  std::vector<double> tempo_ratios = {1.0};  ///< the query is tried at each, the best score counts
  int64_t bootstrap_resamples = 1000;
  std::string f0_tracker = "pyin";  ///< of the no-learning baseline
};
void bind(configs::Binder& b, EvaluationConfig& c);

}  // namespace melomine::experiments
