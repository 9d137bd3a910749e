#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "datasets/batch.h"
#include "losses/weighted_losses.h"
#include "models/checkpoint.h"
#include "models/encoder.h"
#include "trainer/optimizer.h"
#include "trainer/train_config.h"

namespace melomine::trainer {

/// What one step found.
struct StepResult {
  double loss = 0;
  std::vector<std::pair<std::string, double>> terms;  ///< unweighted
  double gradient_norm = 0;                           ///< of all parameters together, before clipping
};

/// Everything a training step changes: encoder, losses with parameters, optimizer.
class Learner {
 public:
  /// @param seed  of what the networks themselves draw (dropout)
  /// @throws ConfigError when nothing is there to be trained
  Learner(std::shared_ptr<models::Encoder> encoder, std::shared_ptr<losses::WeightedLosses> losses,
          const TrainConfig& config, uint64_t seed = 0);

  /// Forward, backward, a step of the optimizer. Dropout draws from (seed, the batch's step) alone:
  /// libtorch's generator is seeded by them first.
  /// @param rate_factor  of the schedule
  /// @throws DivergenceError naming the term (or the gradient) that is not finite; the weights are then
  /// unchanged
  StepResult step(const datasets::Batch& batch, double rate_factor);

  /// Encoder, losses and optimizer as tensors by name ("encoder.", "loss.", and, named after
  /// the optimizer, "adam_encoder.", "adam_loss.").
  models::TensorMap state() const;
  void load_state(const models::TensorMap& state, const std::string& source);

  const std::shared_ptr<models::Encoder>& encoder() const { return encoder_; }
  torch::Device device() const { return device_; }

 private:
  std::shared_ptr<models::Encoder> encoder_;
  std::shared_ptr<losses::WeightedLosses> losses_;
  TrainConfig config_;
  uint64_t seed_;
  torch::Device device_;
  std::vector<torch::Tensor> parameters_;
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace melomine::trainer
