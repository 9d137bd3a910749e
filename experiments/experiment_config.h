#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/binder.h"
#include "datasets/clip_transform.h"
#include "datasets/prefetch.h"
#include "datasets/recording.h"
#include "datasets/sampler.h"
#include "embedding/model_config.h"
#include "experiments/evaluation_plan.h"
#include "experiments/loop_config.h"
#include "losses/loss_config.h"
#include "melody/melody_batches.h"
#include "mining/song_miner.h"
#include "separation/separator.h"
#include "trainer/train_config.h"

namespace melomine::experiments {

/// What a model is trained on. Paths are relative to the working directory.
struct DataConfig {
  std::string shards;                                         ///< folder that `melomine ingest` wrote
  datasets::Rendition rendition = datasets::Rendition::kMix;  ///< what is heard where a recording has it
  std::string groups;                                         ///< H: table of fragment groups, CHAD's columns
  std::string time_maps;  ///< truth.csv with the time maps of H's hums, by which mining is judged, too; "" =
                          ///< straight lines, and no judgement
  int64_t hum_songs = 0;  ///< songs whose hums make up H, drawn by the seed; 0 = all that are trained on
  int64_t held_out_songs = 0;    ///< drawn by the seed; never trained on, searched by `evaluate`
  int64_t validation_songs = 0;  ///< drawn by the seed; never trained on, searched by `validate_every`
  std::vector<std::string> held_out_ids;  ///< held out by name, beside those drawn
};
void bind(configs::Binder& b, DataConfig& c);

/// What becomes of a leak: something that is evaluated on among what is trained on.
enum class Leaks {
  kRefuse,  ///< proofs are errors, hints are warnings (experiments/leaks.h)
  kReport,  ///< all are warnings
};

/// One experiment, as one YAML file describes it.
struct ExperimentConfig {
  std::string name = "experiment";
  std::string runs = "runs";  ///< the run lies in runs/name
  int64_t seed = 1;
  DataConfig data;
  melody::MelodyBatchConfig melodies;  ///< learned from where it has sources, beside data.groups
  separation::SeparateConfig separate;
  embedding::FrontEndChoice front_end{"image"};
  models::EncoderConfig encoder;
  std::vector<losses::LossConfig> losses = {losses::LossConfig{}};
  datasets::SamplerConfig sampler;
  std::vector<datasets::ClipTransformConfig> augment = datasets::paper_transforms();
  datasets::PrefetchConfig prefetch;
  trainer::TrainConfig train;
  mining::MiningConfig mine;
  LoopConfig loop;
  EvaluationPlan evaluate;
  Leaks leaks = Leaks::kRefuse;

  embedding::ModelConfig model() const { return {encoder, front_end}; }
};
void bind(configs::Binder& b, ExperimentConfig& c);

}  // namespace melomine::experiments
