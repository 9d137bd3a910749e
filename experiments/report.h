#pragma once

#include <filesystem>
#include <vector>

#include "trainer/evaluation.h"

namespace melomine::experiments {

/// Writes report.html into a run's folder: one self-contained page with the evaluations (model beside the row
/// without learning, with intervals), the curves of metrics.jsonl, configuration and provenance. Looks right
/// on narrow screens, light and dark. @throws DataError
/// @returns its path
std::filesystem::path write_run_report(const std::filesystem::path& run,
                                       const std::vector<trainer::EvaluationReport>& evaluations);

}  // namespace melomine::experiments
