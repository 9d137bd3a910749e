#pragma once

#include <filesystem>
#include <vector>

#include "core/progress.h"
#include "evaluation/evaluation_record.h"
#include "experiments/rounds.h"
#include "experiments/stage.h"

namespace melomine::experiments {

/// What evaluating one round takes beside the experiment.
struct EvaluationRequest {
  int round = 0;
  std::filesystem::path checkpoint = {};  ///< in place of the round's own encoder; may be empty
  Repeat repeat = Repeat::kWhenChanged;
};

struct EvaluationJobResult {
  bool was_done = false;  ///< finished by an earlier call; there are no reports then
  double wall_s = 0;      ///< of this call
  std::vector<evaluation::EvaluationRecord> reports;  ///< of each set
};

/// Searches every set of the experiment with a round's encoder, in round 0 beside the baseline and the
/// encoders of other runs, which depend on no round; an experiment whose systems need no encoder of its own
/// has none. Reports lie in runs/name/round_NN/evaluate/SET/ (report.txt, report.json, queries.csv). How it
/// is evaluated may differ from what the run was begun with.
/// @throws DataError when nothing is trained yet, ConfigError when there is nothing to search, no system
/// hears by the checkpoint that is given, or the run is of another experiment
EvaluationJobResult run_evaluation(const ExperimentConfig& config, const EvaluationRequest& request,
                                   const JobContext& context, RunObserver& observer);

}  // namespace melomine::experiments
