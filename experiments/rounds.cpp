#include "experiments/rounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "experiments/stage_inputs.h"
#include "trainer/training_result.h"

namespace melomine::experiments {

namespace fs = std::filesystem;

RunLayout layout_of(const ExperimentConfig& config) {
  return RunLayout(fs::path(config.runs) / config.name);
}

namespace {

std::string train_command(int round) {
  return fmt::format("`melomine train{}`", round == 0 ? "" : fmt::format(" --round {}", round));
}

fs::path finished_checkpoint(const ExperimentConfig& config, int round) {
  auto checkpoint = trained_checkpoint(config, round);
  if (fs::exists(layout_of(config).done(round, StageKind::kTrain))) return checkpoint;
  throw DataError(checkpoint.parent_path().string(), "",
                  fmt::format("its training has not finished; run {} with the same experiment again first",
                              train_command(round)));
}

}  // namespace

fs::path trained_checkpoint(const ExperimentConfig& config, int round) {
  const RunLayout layout = layout_of(config);
  const auto folder = layout.stage(round, StageKind::kTrain);
  auto best = layout.best_checkpoint(round), last = layout.last_checkpoint(round);
  if (fs::exists(best)) return best;
  if (config.train.validate_every.count > 0 && fs::exists(layout.done(round, StageKind::kTrain)))
    throw DataError(
        best.string(), "",
        fmt::format("is gone; put it back, or remove {} and run {} with the same experiment again",
                    folder.string(), train_command(round)));
  if (fs::exists(last)) return last;
  throw DataError(
      folder.string(), "",
      fmt::format("holds no checkpoint yet; run {} with the same experiment first", train_command(round)));
}

fs::path encoder_in_force(const ExperimentConfig& config, int round) {
  if (config.loop.gate == GateBy::kNone) return finished_checkpoint(config, round);
  std::vector<fs::path> checkpoints;
  std::vector<std::optional<double>> metrics;
  for (int r = 0; r <= round; ++r) {
    checkpoints.push_back(finished_checkpoint(config, r));
    metrics.push_back(trainer::validation_metric(checkpoints.back()));
  }
  return checkpoints[in_force(accepted_rounds(config.loop, metrics))];
}

std::vector<fs::path> mined_tables(const ExperimentConfig& config, int round) {
  const RunLayout layout = layout_of(config);
  std::vector<fs::path> tables;
  const int first = config.loop.keep == KeepMined::kAll ? 1 : std::max(round, 1);
  for (int r = first; r <= round; ++r) {
    if (!fs::exists(layout.done(r, StageKind::kMine)) || !fs::exists(layout.mined_table(r)))
      throw DataError(layout.stage(r, StageKind::kMine).string(), "",
                      fmt::format("round {} is not mined yet; run `melomine mine --round {}` with the same "
                                  "experiment first, or `melomine run`",
                                  r, r));
    tables.push_back(layout.mined_table(r));
  }
  return tables;
}

std::string verdicts_of_training(const RunLayout& layout, int round) {
  const bool was_begun = fs::exists(layout.inputs(round, StageKind::kTrain));
  const fs::path file = was_begun ? layout.training_verdicts(round) : layout.verdicts();
  if (was_begun && !fs::exists(file) &&
      !sha256_of_key(read_inputs(layout.inputs(round, StageKind::kTrain)), kVerdictsKey).empty())
    throw DataError(file.string(), "",
                    fmt::format("is gone, with which this training was begun; put it back, or remove {}",
                                file.parent_path().string()));
  return fs::exists(file) ? read_file(file) : std::string();
}

std::vector<std::string> mineable_songs(const datasets::Corpus& corpus, const Split& split) {
  std::vector<std::string> songs;
  for (const auto& [id, song] : corpus.songs())
    if (split.train.contains(id) && song.original && !song.covers.empty()) songs.push_back(id);
  return songs;
}

std::vector<std::string> songs_of_round(const ExperimentConfig& config,
                                        const std::vector<std::string>& mineable, int round) {
  const auto wanted = static_cast<size_t>(config.loop.songs_per_round);
  if (wanted == 0 || wanted >= mineable.size()) return mineable;
  std::vector<std::string> order = mineable;
  RandomStream({static_cast<uint64_t>(config.seed), stream_id("mining_batches")}).shuffle(order);
  std::vector<std::string> songs;
  const size_t first = static_cast<size_t>(round - 1) * wanted;
  for (size_t i = 0; i < wanted; ++i) songs.push_back(order[(first + i) % order.size()]);
  std::sort(songs.begin(), songs.end());
  return songs;
}

}  // namespace melomine::experiments
