#include "trainer/train_config.h"

namespace melomine::trainer {

void bind(configs::Binder& b, OptimizerConfig& c) {
  b.variant(c.method);
  b.number("learning_rate", c.learning_rate, configs::above(0), "before the schedule's factor");
}

void bind(configs::Binder& b, EarlyStoppingConfig& c) {
  b.integer("patience", c.patience, configs::at_least(0),
            "validations without a rise before stopping; 0: never");
  b.number("min_delta", c.min_delta, configs::at_least(0), "a rise smaller than this does not count");
}

void bind(configs::Binder& b, RanksConfig& c) {
  b.enumeration("batch_norm", c.batch_norm,
                {{"per_rank", RankNorms::kPerRank}, {"synchronised", RankNorms::kSynchronised}},
                "statistics of batch norms: of a rank's own rows, or of the whole batch as of one process");
  b.number("timeout_s", c.timeout_s, configs::between(1, 86400),
           "a rank that does not answer for so long is lost, and all end, s");
}

void bind(configs::Binder& b, TrainConfig& c) {
  bind_span(b, "length", c.length, false, "how long to train: 100e for epochs, 2000s for steps");
  b.text("init", c.init, "checkpoint whose encoder M_0 starts from; empty: random weights");
  b.nested("optimizer", c.optimizer, "how weights follow gradients");
  b.nested("schedule", c.schedule, "how the learning rate moves");
  b.number("gradient_clip_norm", c.gradient_clip_norm, configs::at_least(0),
           "largest L2 norm of all gradients together; 0: not clipped");
  b.text("device", c.device, "cpu, cuda or cuda:N");
  b.enumeration("precision", c.precision,
                {{"float32", Precision::kFloat32}, {"bfloat16", Precision::kBfloat16}},
                "bfloat16: autocast, on CUDA only");
  b.integer(
      "threads", c.threads, configs::between(0, 1024),
      "of libtorch; 0: all, or OMP_NUM_THREADS; a fixed number gives the same encoder on every machine");
  bind_span(b, "checkpoint_every", c.checkpoint_every, false, "how often the state is saved");
  b.integer("keep_checkpoints", c.keep_checkpoints, configs::at_least(0),
            "numbered checkpoints kept beside last and best");
  bind_span(b, "validate_every", c.validate_every, true,
            "how often the validation songs are searched by hum; 0e: never");
  b.integer("validation_window", c.validation_window, configs::between(1, 1000),
            "a step is judged by the mean of so many validations up to it");
  b.number("validation_step_s", c.validation_step_s, configs::at_least(0),
           "least time between fingerprints in validation, s; 0: the front end's step");
  b.nested("early_stopping", c.early_stopping, "stop when validation no longer rises");
  b.nested("ranks", c.ranks, "several processes that train together");
  bind_span(b, "log_every", c.log_every, false, "how often numbers are logged");
  b.require(c.precision != Precision::kBfloat16 || c.device != "cpu", "precision",
            "bfloat16 needs device: cuda; use float32 on the CPU");
  b.require(c.early_stopping.patience == 0 || c.validate_every.count > 0, "early_stopping",
            "needs validate_every longer than 0");
}

}  // namespace melomine::trainer
