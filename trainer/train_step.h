#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "datasets/batch.h"
#include "distributed/process_group.h"
#include "embedding/clip_hearing.h"
#include "losses/weighted_losses.h"
#include "models/checkpoint.h"
#include "models/encoder.h"
#include "trainer/encoder_inputs.h"
#include "trainer/optimizer.h"
#include "trainer/train_config.h"

namespace melomine::trainer {

/// What one step found.
struct StepResult {
  double loss = 0;
  std::vector<std::pair<std::string, double>> terms;  ///< unweighted
  double gradient_norm = 0;                           ///< of all parameters together, before clipping
  bool stop_requested = false;  ///< of several ranks: whether any of them was asked to stop
};

/// Everything a training step changes: encoder, losses with parameters, optimizer.
///
/// Of several ranks each runs the encoder on its rows of the batch. Fingerprints are gathered in the order of
/// the rows, so each rank has the loss of the whole batch, through whose own block its gradients come; summed
/// over the ranks they are those of one process. For the same number of ranks a training gives the same
/// bytes.
class Learner {
 public:
  /// @param seed   of what the networks themselves draw (dropout)
  /// @param group    of ranks that train together; null: one process. Encoders and losses must be equal on
  /// all
  /// @param hearing  makes the encoder's images of a batch's features on the device; null: they are images
  /// @throws ConfigError when nothing is there to be trained
  Learner(std::shared_ptr<models::Encoder> encoder, std::shared_ptr<losses::WeightedLosses> losses,
          const TrainConfig& config, uint64_t seed = 0,
          std::shared_ptr<distributed::ProcessGroup> group = nullptr,
          std::unique_ptr<const embedding::ClipHearing> hearing = nullptr);

  /// Forward, backward, a step of the optimizer. Dropout draws from (seed, the batch's step) alone:
  /// libtorch's generator is seeded by them first; of several ranks each draws otherwise.
  /// @param batch        whole, or of this rank the rows that block_of gives
  /// @param rate_factor  of the schedule
  /// @throws DivergenceError naming the term (or the gradient) that is not finite; the weights are then
  /// unchanged
  StepResult step(datasets::Batch batch, double rate_factor);

  /// Begins to bring a batch to the device, for its step. Called from the threads that make batches, several
  /// at once, while steps are made.
  void begin(const datasets::Batch& batch) { inputs_->begin(batch); }

  /// Encoder, losses and optimizer as tensors by name ("encoder.", "loss.", and, named after
  /// the optimizer, "adam_encoder.", "adam_loss.").
  models::TensorMap state() const;
  void load_state(const models::TensorMap& state, const std::string& source);

  const std::shared_ptr<models::Encoder>& encoder() const { return encoder_; }
  torch::Device device() const { return device_; }
  /// Null: one process.
  distributed::ProcessGroup* group() const { return group_.get(); }

 private:
  /// Fingerprints of the rows that the batch has images of. [rows, D]
  torch::Tensor embed(const datasets::Batch& batch);
  /// Of all clips, in whose graph are the own ones; domains of all clips take the place of the batch's.
  torch::Tensor gather(const torch::Tensor& own, datasets::Batch& batch);
  /// Gradients become those of the whole batch. @returns whether any rank was asked to stop
  bool sum_gradients();

  std::shared_ptr<models::Encoder> encoder_;
  std::shared_ptr<losses::WeightedLosses> losses_;
  TrainConfig config_;
  uint64_t seed_;
  torch::Device device_;
  std::shared_ptr<distributed::ProcessGroup> group_;
  std::unique_ptr<EncoderInputs> inputs_;
  std::vector<torch::Tensor> parameters_;
  size_t encoder_parameters_ = 0;  ///< the first of them; those of losses follow
  torch::Tensor bucket_;  ///< of several ranks: all gradients and a number, in the order of parameters
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace melomine::trainer
