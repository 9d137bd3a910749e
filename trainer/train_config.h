#pragma once

#include <cstdint>
#include <string>

#include "configs/binder.h"
#include "trainer/optimizer_kind.h"
#include "trainer/schedule.h"
#include "trainer/training_span.h"

namespace melomine::trainer {

struct OptimizerConfig {
  configs::Choice<OptimizerKind> method{"adam"};
  double learning_rate = 1e-3;  ///< before the schedule's factor
};
void bind(configs::Binder& b, OptimizerConfig& c);

/// Stops when the held-out metric has not risen by more than `min_delta` for `patience` validations.
struct EarlyStoppingConfig {
  int64_t patience = 0;  ///< 0 = never stop early
  double min_delta = 0;
};
void bind(configs::Binder& b, EarlyStoppingConfig& c);

enum class Precision {
  kFloat32,
  kBfloat16,  ///< autocast, on CUDA only
};

/// Of what rows batch norms take mean and variance, where several ranks train together.
enum class RankNorms {
  kPerRank,       ///< of the rank's own
  kSynchronised,  ///< of the whole batch, as one process does
};

/// Training by several processes.
struct RanksConfig {
  RankNorms batch_norm = RankNorms::kPerRank;
  double timeout_s = 300;  ///< a rank that does not answer for so long is lost, and all end
};
void bind(configs::Binder& b, RanksConfig& c);

/// Training of one encoder.
struct TrainConfig {
  TrainingSpan length = epochs(100);
  std::string init;  ///< checkpoint whose encoder M_0 starts from; "" = random weights
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
  double gradient_clip_norm = 0;  ///< largest L2 norm of all gradients together; 0 = not clipped
  std::string device = "cpu";     ///< cpu | cuda | cuda:N
  Precision precision = Precision::kFloat32;
  int64_t threads = 0;  ///< of libtorch; 0 = all, or OMP_NUM_THREADS. Sums round otherwise with another
                        ///< number, so a fixed one gives the same encoder on every machine
  TrainingSpan checkpoint_every = epochs(1);
  int64_t keep_checkpoints = 2;             ///< numbered ones beside last and best
  TrainingSpan validate_every = epochs(0);  ///< 0 = never
  /// A step is judged by the mean of so many validations up to it: one of few songs is a draw of luck.
  int64_t validation_window = 1;
  /// Between the fingerprints by which validation searches, where the window's own step is less. Most of a
  /// validation is the encoder's work, which this divides.
  double validation_step_s = 0;
  EarlyStoppingConfig early_stopping;
  RanksConfig ranks;
  TrainingSpan log_every = steps(10);
};
void bind(configs::Binder& b, TrainConfig& c);

}  // namespace melomine::trainer
