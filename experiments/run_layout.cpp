#include "experiments/run_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"
#include "evaluation/evaluation_report.h"
#include "mining/mined_set.h"
#include "mining/mining_summary.h"
#include "review/verdict_log.h"
#include "trainer/training_result.h"

namespace melomine::experiments {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kRoundPrefix = "round_";

/// NN of "round_NN", none for another name.
std::optional<int> round_of(const std::string& name) {
  if (!name.starts_with(kRoundPrefix)) return std::nullopt;
  const auto number = parse<int>(std::string_view(name).substr(kRoundPrefix.size()));
  return number && *number >= 0 ? number : std::nullopt;
}

}  // namespace

std::optional<RunLayout> RunLayout::around(const fs::path& file_of_stage) {
  const fs::path round = fs::absolute(file_of_stage).parent_path().parent_path();
  RunLayout layout(round.parent_path());
  if (!round_of(round.filename().string()) || !fs::exists(layout.experiment())) return std::nullopt;
  return layout;
}

fs::path RunLayout::experiment() const {
  return folder_ / "experiment.yaml";
}

fs::path RunLayout::provenance() const {
  return folder_ / "provenance.json";
}

fs::path RunLayout::log() const {
  return folder_ / "run.log";
}

fs::path RunLayout::report() const {
  return folder_ / "report.html";
}

fs::path RunLayout::figures() const {
  return folder_ / "figures.json";
}

fs::path RunLayout::leaks() const {
  return folder_ / "leaks.csv";
}

fs::path RunLayout::leaks_inputs() const {
  return folder_ / "leaks.json";
}

std::vector<int> RunLayout::rounds() const {
  std::vector<int> rounds;
  if (!fs::is_directory(folder_)) return rounds;
  for (const auto& entry : fs::directory_iterator(folder_))
    if (const auto round = round_of(entry.path().filename().string()); round && entry.is_directory())
      rounds.push_back(*round);
  std::sort(rounds.begin(), rounds.end());
  return rounds;
}

fs::path RunLayout::round(int round) const {
  return folder_ / fmt::format("{}{:02}", kRoundPrefix, round);
}

fs::path RunLayout::round_record(int round) const {
  return this->round(round) / "round.json";
}

fs::path RunLayout::stage(int round, StageKind kind) const {
  return this->round(round) / traits_of(kind).name;
}

fs::path RunLayout::inputs(int round, StageKind kind) const {
  return stage(round, kind) / "inputs.json";
}

fs::path RunLayout::done(int round, StageKind kind) const {
  return stage(round, kind) / "DONE";
}

fs::path RunLayout::last_checkpoint(int round) const {
  return stage(round, StageKind::kTrain) / trainer::kLastCheckpoint;
}

fs::path RunLayout::best_checkpoint(int round) const {
  return stage(round, StageKind::kTrain) / trainer::kBestCheckpoint;
}

fs::path RunLayout::metrics(int round) const {
  return stage(round, StageKind::kTrain) / trainer::kMetricsFile;
}

fs::path RunLayout::verdicts() const {
  return folder_ / review::kVerdictsFile;
}

fs::path RunLayout::training_verdicts(int round) const {
  return stage(round, StageKind::kTrain) / review::kVerdictsFile;
}

fs::path RunLayout::mining_settings(int round) const {
  return stage(round, StageKind::kMine) / "config.yaml";
}

fs::path RunLayout::mined_part(int round, int64_t part) const {
  return stage(round, StageKind::kMine) / fmt::format("part-{:05}.h5", part);
}

fs::path RunLayout::mined_set(int round) const {
  return stage(round, StageKind::kMine) / mining::kMinedSetFile;
}

fs::path RunLayout::mined_table(int round) const {
  return stage(round, StageKind::kMine) / mining::kMinedTableFile;
}

fs::path RunLayout::mining_summary(int round) const {
  return stage(round, StageKind::kMine) / mining::kSummaryFile;
}

fs::path RunLayout::evaluation(int round, const std::string& set) const {
  return stage(round, StageKind::kEvaluate) / set;
}

fs::path RunLayout::evaluation_report(int round, const std::string& set) const {
  return evaluation(round, set) / evaluation::kReportFile;
}

fs::path RunLayout::fingerprints(int round, const std::string& set) const {
  return evaluation(round, set) / evaluation::kFingerprintsFile;
}

std::vector<std::string> RunLayout::evaluated_sets(int round) const {
  std::vector<std::string> sets;
  const fs::path folder = stage(round, StageKind::kEvaluate);
  if (!fs::is_directory(folder)) return sets;
  for (const auto& entry : fs::directory_iterator(folder))
    if (const std::string set = entry.path().filename().string(); fs::exists(evaluation_report(round, set)))
      sets.push_back(set);
  std::sort(sets.begin(), sets.end());
  return sets;
}

}  // namespace melomine::experiments
