#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/corpus.h"
#include "experiments/experiment_config.h"
#include "experiments/run_layout.h"
#include "experiments/split.h"

namespace melomine::experiments {

/// runs/NAME
RunLayout layout_of(const ExperimentConfig& config);

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

/// What people have said of the run's pairs by now; where the round's training was begun, what they had said
/// then: later verdicts wait for the next training. @returns the content of their file, "" where there is
/// none
std::string verdicts_of_training(const RunLayout& layout, int round);

/// Songs that may be mined, sorted: not held out in any way, with an original and a cover.
std::vector<std::string> mineable_songs(const datasets::Corpus& corpus, const Split& split);

/// C_i, sorted: all songs, or the next songs_per_round of an order drawn by the seed, which starts again at
/// its end.
std::vector<std::string> songs_of_round(const ExperimentConfig& config,
                                        const std::vector<std::string>& mineable, int round);

}  // namespace melomine::experiments
