#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/stage_kind.h"

namespace melomine::experiments {

/// Where everything of a run lies. Nothing here is made or need be there.
class RunLayout {
 public:
  explicit RunLayout(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// The run that a file of a stage belongs to; none where it lies elsewhere.
  static std::optional<RunLayout> around(const std::filesystem::path& file_of_stage);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path experiment() const;  ///< the whole resolved experiment as YAML
  std::filesystem::path provenance() const;  ///< what made the run
  std::filesystem::path log() const;
  std::filesystem::path report() const;        ///< the page that shows the run
  std::filesystem::path figures() const;       ///< what the page says, for programs
  std::filesystem::path leaks() const;         ///< what is evaluated on and trained on, too
  std::filesystem::path leaks_inputs() const;  ///< what that was found in

  std::filesystem::path verdicts() const;  ///< what people said of its mined pairs

  /// Rounds whose folder is there, ascending.
  std::vector<int> rounds() const;
  std::filesystem::path round(int round) const;
  std::filesystem::path round_record(int round) const;

  std::filesystem::path stage(int round, StageKind kind) const;
  std::filesystem::path inputs(int round, StageKind kind) const;  ///< what the stage was begun with
  std::filesystem::path done(int round, StageKind kind) const;    ///< is there when the stage is finished

  std::filesystem::path last_checkpoint(int round) const;
  std::filesystem::path best_checkpoint(int round) const;
  std::filesystem::path metrics(int round) const;
  /// What of the run's verdicts the round's training began with; absent where there were none.
  std::filesystem::path training_verdicts(int round) const;

  std::filesystem::path mining_settings(int round) const;
  std::filesystem::path mined_part(int round, int64_t part) const;
  std::filesystem::path mined_set(int round) const;
  std::filesystem::path mined_table(int round) const;
  std::filesystem::path mining_summary(int round) const;

  /// The folder of a set of queries.
  std::filesystem::path evaluation(int round, const std::string& set) const;
  std::filesystem::path evaluation_report(int round, const std::string& set) const;
  /// A sample of its fingerprints; absent where no system hears by an encoder.
  std::filesystem::path fingerprints(int round, const std::string& set) const;
  /// Sets whose report is there, sorted.
  std::vector<std::string> evaluated_sets(int round) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace melomine::experiments
