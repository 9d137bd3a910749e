#pragma once

#include <string>

#include "report/run_record.h"

namespace melomine::report {

/// What the page says, as JSON for programs (docs/report.md): encoder, systems of each set, rounds, times,
/// troubles, verdicts. What cannot be told is null.
std::string figures_json(const RunRecord& run);

}  // namespace melomine::report
