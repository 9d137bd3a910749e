#include "experiments/rounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "core/sha256.h"
#include "trainer/checkpoint_folder.h"

namespace melomine::experiments {

namespace fs = std::filesystem;

fs::path run_folder(const ExperimentConfig& config) {
  return fs::path(config.runs) / config.name;
}

fs::path stage_folder(const ExperimentConfig& config, int round, const std::string& stage) {
  return run_folder(config) / fmt::format("round_{:02}", round) / stage;
}

namespace {

std::string train_command(int round) {
  return fmt::format("`melomine train{}`", round == 0 ? "" : fmt::format(" --round {}", round));
}

fs::path finished_checkpoint(const ExperimentConfig& config, int round) {
  const auto checkpoint = trained_checkpoint(config, round);
  if (fs::exists(checkpoint.parent_path() / "DONE")) return checkpoint;
  throw DataError(checkpoint.parent_path().string(), "",
                  fmt::format("its training has not finished; run {} with the same experiment again first",
                              train_command(round)));
}

}  // namespace

std::string sha256_of_table(const std::string& key, const fs::path& table) {
  try {
    return sha256_of_file(table);
  } catch (const DataError& e) {
    throw DataError(
        fmt::format("{}; put it back or correct {}, then run the same command again", e.what(), key));
  }
}

fs::path trained_checkpoint(const ExperimentConfig& config, int round) {
  const auto folder = stage_folder(config, round, "train");
  const auto best = folder / "best.safetensors", last = folder / "last.safetensors";
  if (fs::exists(best)) return best;
  if (config.train.validate_every.count > 0 && fs::exists(folder / "DONE"))
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
  fs::path in_force = finished_checkpoint(config, 0);
  auto metric = trainer::validation_metric(in_force);
  for (int r = 1; r <= round; ++r) {
    const auto candidate = finished_checkpoint(config, r);
    const auto candidate_metric = trainer::validation_metric(candidate);
    if (!gate_refusal(config.loop, metric, candidate_metric).empty()) continue;
    in_force = candidate;
    metric = candidate_metric;
  }
  return in_force;
}

std::vector<fs::path> mined_tables(const ExperimentConfig& config, int round) {
  std::vector<fs::path> tables;
  const int first = config.loop.keep == KeepMined::kAll ? 1 : std::max(round, 1);
  for (int r = first; r <= round; ++r) {
    const auto folder = stage_folder(config, r, "mine");
    if (!fs::exists(folder / "DONE") || !fs::exists(folder / "mined.csv"))
      throw DataError(folder.string(), "",
                      fmt::format("round {} is not mined yet; run `melomine mine --round {}` with the same "
                                  "experiment first, or `melomine run`",
                                  r, r));
    tables.push_back(folder / "mined.csv");
  }
  return tables;
}

std::vector<std::string> mineable_songs(const datasets::AudioStore& store, const SongSplit& split) {
  std::set<std::string> with_original, with_cover;
  for (size_t i = 0; i < store.size(); ++i) {
    const datasets::Recording& recording = store.at(i).recording;
    if (!split.train.contains(recording.song_id)) continue;
    if (recording.kind == datasets::RecordingKind::kOriginal) with_original.insert(recording.song_id);
    if (recording.kind == datasets::RecordingKind::kCover) with_cover.insert(recording.song_id);
  }
  std::vector<std::string> songs;
  std::set_intersection(with_original.begin(), with_original.end(), with_cover.begin(), with_cover.end(),
                        std::back_inserter(songs));
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

std::optional<RoundRecord> read_round(const ExperimentConfig& config, int round) {
  const auto file = stage_folder(config, round, "round.json");
  if (!fs::exists(file)) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(read_file(file));
    RoundRecord record;
    record.round = json.at("round");
    record.accepted = json.at("accepted");
    record.reason = json.at("reason");
    record.stop_reason = json.at("stop_reason");
    if (!json.at("validation_mrr").is_null()) record.validation_mrr = json.at("validation_mrr").get<double>();
    record.songs_mined = json.at("songs_mined");
    record.relevant = json.at("relevant");
    record.seconds = json.at("seconds").get<std::map<std::string, double>>();
    return record;
  } catch (const nlohmann::json::exception& e) {
    throw DataError(file.string(), "",
                    fmt::format("is damaged ({}); remove it, `melomine run` makes it again", e.what()));
  }
}

void write_round(const ExperimentConfig& config, const RoundRecord& record) {
  nlohmann::ordered_json json;
  json["round"] = record.round;
  json["accepted"] = record.accepted;
  json["reason"] = record.reason;
  json["stop_reason"] = record.stop_reason;
  json["validation_mrr"] =
      record.validation_mrr ? nlohmann::ordered_json(*record.validation_mrr) : nlohmann::ordered_json();
  json["songs_mined"] = record.songs_mined;
  json["relevant"] = record.relevant;
  json["seconds"] = record.seconds;
  write_file_atomically(stage_folder(config, record.round, "round.json"), json.dump(2) + "\n");
}

}  // namespace melomine::experiments
