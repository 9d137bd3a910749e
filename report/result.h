#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/run_record.h"

namespace melomine::report {

/// How a system did with a set.
struct Standing {
  std::string name;  ///< "M₂", "fused", "baseline"
  int round = 0;     ///< of its report
  const evaluation::SystemRecord* system = nullptr;
  /// MRR beyond the baseline's on the same queries; none of the baseline itself, or where it was asked
  /// others.
  std::optional<evaluation::MetricEstimate> beyond_baseline{};

  /// NaN where its report has no such metric.
  retrieval::Estimate metric(const std::string& name) const;
};

/// What a run comes to on one set: its own encoder is that of the last round that was not rejected.
struct SetResult {
  std::string set;
  const evaluation::EvaluationRecord* record = nullptr;  ///< of that round, or the first that has the set
  std::vector<Standing> systems;                         ///< the highest MRR first; one at least
  /// The first that is not the baseline, or the baseline alone.
  const Standing& best() const;
  const Standing* baseline() const;
};

/// None where no round has the set, or nothing in it has an MRR.
std::optional<SetResult> result_of(const RunRecord& run, const std::string& set);

/// What a reader should know before believing the figures.
struct Trouble {
  std::string kind;   ///< "rejected_round", "set_aside", "broken_items", "leaks", …
  std::string text;   ///< a sentence without its stop
  bool grave = true;  ///< false: worth knowing
};
std::vector<Trouble> troubles_of(const RunRecord& run);

}  // namespace melomine::report
