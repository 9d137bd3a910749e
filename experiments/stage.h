#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "distributed/process_group.h"
#include "experiments/experiment_config.h"
#include "experiments/run_layout.h"
#include "experiments/run_lock.h"
#include "experiments/stage_inputs.h"

namespace melomine::experiments {

/// Who runs a job.
struct JobContext {
  std::string build;                        ///< description of the build, for provenance.json
  std::string command;                      ///< the command line, for provenance.json
  std::shared_ptr<RunLock> lock = nullptr;  ///< where the caller holds the run for more than one stage
  /// Of processes that do the job together; null: one alone. The first holds the run and writes.
  std::shared_ptr<distributed::ProcessGroup> group = nullptr;

  bool writes() const { return group == nullptr || group->is_first(); }
  /// Work of the first process alone, for which the others wait.
  void alone(const std::function<void()>& work) const {
    if (group == nullptr) return work();
    group->first_alone(work);
  }
};

/// When a stage that was begun or finished before is done anew.
enum class Repeat {
  kNever,        ///< other inputs are refused: what was made of them is dear
  kWhenChanged,  ///< with other inputs
  kAlways,
};

struct StageSpec {
  StageKind kind = StageKind::kTrain;
  int round = 0;
  StageInputs inputs;                          ///< all that it depends on beside the experiment
  std::vector<std::filesystem::path> outputs;  ///< files that it has when it is finished
  Repeat repeat = Repeat::kNever;
  std::string worker = {};  ///< of several that share the stage, as RunLock and AtomicFile have it
  /// Files that are written into its folder when it is first begun, by name: what may change meanwhile and
  /// is among the inputs.
  std::map<std::string, std::string> kept{};
};

/// One stage of a round, from the same few steps whatever its work is: begin, then prepare all that can fail,
/// open, work, finish. Everything in its folder appears whole; it is finished when its file DONE is there.
class Stage {
 public:
  /// Looks at what is there and writes nothing. @returns none when the stage is finished
  /// @throws ConfigError when the run is of another experiment or the stage was begun with other inputs,
  /// DataError when another process works in the run
  static std::optional<Stage> begin(const RunLayout& layout, StageSpec spec,
                                    const ExperimentConfig& experiment, const JobContext& context);

  /// Takes the run, makes the folder, keeps what run and stage were begun with, and logs to run.log
  /// as long as the run is held.
  /// @throws as begin
  void open();
  /// Marks it finished, with the seconds. @returns seconds since it began
  double finish();

  std::filesystem::path folder() const { return layout_.stage(spec_.round, spec_.kind); }

 private:
  Stage(const RunLayout& layout, StageSpec spec, const ExperimentConfig& experiment,
        const JobContext& context);
  void refuse_others() const;
  bool is_finished() const;
  void write_provenance() const;

  RunLayout layout_;
  StageSpec spec_;
  ExperimentConfig experiment_;
  JobContext context_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Seconds of the call that finished a stage; none where it is not finished, or an older version finished it.
std::optional<double> seconds_of_stage(const RunLayout& layout, int round, StageKind kind);

}  // namespace melomine::experiments
