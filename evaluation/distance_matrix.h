#pragma once

#include <filesystem>

#include "evaluation/evaluation.h"

namespace melomine::evaluation {

/// EvaluationConfig::distance_matrix of those that are written as MIREX takes them.
inline constexpr const char* kMirexMatrix = "mirex";

/// A system's scores as distances of each query to each candidate: how far a score is under the query's best.
/// A query's distance to itself is 0; a candidate that a system leaves out is 1 behind the last that it
/// found. Where candidates are folded they are those of the folding.
/// @param system  of the report, evaluated with `distance_matrix`
std::string distance_matrix(const EvaluationReport& report, const SystemResult& system);

/// distances_SYSTEM.txt of each system in `folder`; nothing where the report was not made with them.
/// @throws DataError
void write_distance_matrices(const EvaluationReport& report, const std::filesystem::path& folder);

}  // namespace melomine::evaluation
