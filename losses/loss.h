#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "losses/pairs.h"

namespace melomine::losses {

/// What a loss may look at. Losses say which fields they need.
struct LossInput {
  torch::Tensor z{};           ///< [B, D] fingerprints of unit norm
  PairMasks pairs{};           ///< the pairs that are learned from, on z's device
  torch::Tensor songs{};       ///< as BatchLabels
  torch::Tensor domains{};     ///< as BatchLabels
  torch::Tensor recordings{};  ///< as BatchLabels
};

/// A training objective. One with parameters of its own (class weights, a domain classifier) registers them,
/// so they are optimised and saved with the encoder. Call it outside autocast, in float32 or float64.
class Loss : public torch::nn::Module {
 public:
  /// @returns a scalar that is differentiable, also where nothing contributes to it (it is 0 then)
  /// @throws ShapeError when a field it needs is absent or does not fit z
  virtual torch::Tensor forward(const LossInput& input) = 0;
};

/// [B, D] floating, B >= 1. @throws ShapeError "[nt_xent] …"
void require_fingerprints(const char* loss, const torch::Tensor& z);
/// [B] int64 beside z, each in [0, classes) unless classes is 0.
/// @returns the labels on z's device
/// @throws ShapeError naming field and loss
torch::Tensor require_labels(const char* loss, const char* field, const torch::Tensor& z,
                             const torch::Tensor& labels, int64_t classes = 0);
/// Fingerprints, and pairs over them. @throws ShapeError
void require_pairs(const char* loss, const LossInput& input);

/// sum / count; where the count is 0 it is 0 with z in its graph, or NaN when z is, so that divergence still
/// shows. Waits for no device.
/// @param sum    scalar
/// @param count  integral scalar
torch::Tensor mean_over(const torch::Tensor& sum, const torch::Tensor& count, const torch::Tensor& z);

}  // namespace melomine::losses
