#pragma once

#include <string>
#include <vector>

#include "configs/binder.h"
#include "dsp/f0.h"
#include "evaluation/hum_search.h"
#include "retrieval/contour_match.h"

namespace melomine::evaluation {

/// How a set is searched and judged.
struct EvaluationConfig {
  bool baseline = true;  ///< contour matching, without learning, beside the model
  dsp::F0Config f0;
  retrieval::ContourConfig contour;
  HumSearchConfig search;  ///< by the model; its fields stand beside `baseline`
  int64_t bootstrap_resamples = 2000;
  int64_t seed = 0;  ///< of the bootstrap
};
void bind(configs::Binder& b, EvaluationConfig& c);

/// One set of queries and references, and how it is searched.
struct EvaluationSetConfig {
  std::string name;
  std::string queries;                  ///< CSV: query, reference_id or group; "" = the held-out songs' hums
  std::vector<std::string> references;  ///< CSVs: reference_id, path, taken together; none = hum against hum
  std::vector<std::string> leave_out;   ///< reference_ids that are no candidates
  EvaluationConfig settings;            ///< their fields stand beside `name`

  /// Name of the protocol (evaluation/protocol.h), by what is named: held_out, tables or each_other.
  std::string protocol() const;
};
void bind(configs::Binder& b, EvaluationSetConfig& c);

struct EvaluationPlan {
  std::vector<EvaluationSetConfig> sets;

  /// How hums of the corpus's own songs are searched, by the first set that searches them; validation is
  /// searched in the same way. The defaults without such a set.
  HumSearchConfig corpus_search() const;
};
void bind(configs::Binder& b, EvaluationPlan& c);

}  // namespace melomine::evaluation
