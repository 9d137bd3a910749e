#pragma once

#include <filesystem>
#include <vector>

#include "core/progress.h"
#include "evaluation/evaluation.h"
#include "experiments/rounds.h"

namespace melomine::experiments {

/// What evaluating one round takes beside the experiment.
struct EvaluationRequest {
  int round = 0;
  std::filesystem::path checkpoint;  ///< in place of the round's own; may be empty
  /// The row without learning depends on no round: the loop computes it in round 0 alone.
  bool baseline = true;
};

/// Searches every set of the experiment with a round's encoder, beside the row without learning. Reports
/// lie in runs/name/round_NN/evaluate/SET/ (report.txt, report.json, queries.csv).
/// @throws DataError when nothing is trained yet, ConfigError when there is nothing to search
std::vector<evaluation::EvaluationReport> run_evaluation(const ExperimentConfig& config,
                                                         const EvaluationRequest& request,
                                                         RunObserver& observer);

/// The same unless it is finished with the same encoder, settings and tables; marks it finished.
/// @returns whether it was finished by an earlier call
bool evaluate_round(const ExperimentConfig& config, int round, RunObserver& observer);

/// An encoder ready for an evaluation. @throws DataError
std::unique_ptr<retrieval::Embedder> load_embedder(const std::filesystem::path& checkpoint,
                                                   const std::string& device);

}  // namespace melomine::experiments
