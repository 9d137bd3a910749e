#pragma once

#include <filesystem>
#include <vector>

#include "core/progress.h"
#include "experiments/experiment_config.h"
#include "trainer/evaluation.h"

namespace melomine::experiments {

/// Searches every set of the experiment with its trained encoder, beside the row without learning. Reports
/// lie in runs/name/round_00/evaluate/SET/ (report.txt, report.json, queries.csv).
/// @param checkpoint  in place of the experiment's own; may be empty
/// @throws DataError when nothing is trained yet, ConfigError when there is nothing to search
std::vector<trainer::EvaluationReport> run_evaluation(const ExperimentConfig& config,
                                                      const std::filesystem::path& checkpoint,
                                                      RunObserver& observer);

/// An encoder ready for an evaluation. @throws DataError
std::unique_ptr<mining::Embedder> load_embedder(const std::filesystem::path& checkpoint,
                                                const std::string& device);

}  // namespace melomine::experiments
