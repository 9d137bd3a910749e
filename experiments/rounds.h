#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "datasets/audio_store.h"
#include "experiments/experiment_config.h"
#include "experiments/song_split.h"

namespace melomine::experiments {

/// Who runs a job, for provenance.json.
struct JobContext {
  std::string build;    ///< description of the build
  std::string command;  ///< the command line
};

/// runs/NAME
std::filesystem::path run_folder(const ExperimentConfig& config);
/// runs/NAME/round_NN/stage; not made
std::filesystem::path stage_folder(const ExperimentConfig& config, int round, const std::string& stage);

/// SHA-256 of a table that a key of the experiment names. @throws DataError naming file, key and remedy
std::string sha256_of_table(const std::string& key, const std::filesystem::path& table);

/// The checkpoint a round's encoder is judged by: best.safetensors where there was validation, else last.
/// Its training may not have finished. @throws DataError naming the command that makes it, or the one that
/// vanished
std::filesystem::path trained_checkpoint(const ExperimentConfig& config, int round);

/// The encoder that mines after a round: that of the newest round the gate lets through. It follows from the
/// checkpoints alone, so stages run one by one agree with `melomine run`.
/// @throws DataError where a round's training has not finished
std::filesystem::path encoder_in_force(const ExperimentConfig& config, int round);

/// The mined tables that a round is trained on. @throws DataError where one is not finished
std::vector<std::filesystem::path> mined_tables(const ExperimentConfig& config, int round);

/// Songs that may be mined, sorted: not held out in any way, with an original and a cover.
std::vector<std::string> mineable_songs(const datasets::AudioStore& store, const SongSplit& split);

/// C_i, sorted: all songs, or the next songs_per_round of an order drawn by the seed, which starts again at
/// its end.
std::vector<std::string> songs_of_round(const ExperimentConfig& config,
                                        const std::vector<std::string>& mineable, int round);

/// round_NN/round.json: what the loop made of a round.
struct RoundRecord {
  int round = 0;
  bool accepted = true;
  std::string reason;                    ///< why it was not accepted
  std::string stop_reason;               ///< why the loop ended after it; empty when it went on
  std::optional<double> validation_mrr;  ///< of the round's encoder
  int64_t songs_mined = 0, relevant = 0;
  std::map<std::string, double> seconds;  ///< mine, train, evaluate; of the call that finished the stage
};
std::optional<RoundRecord> read_round(const ExperimentConfig& config, int round);
void write_round(const ExperimentConfig& config, const RoundRecord& record);

}  // namespace melomine::experiments
