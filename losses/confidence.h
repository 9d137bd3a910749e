#pragma once

#include "losses/loss.h"
#include "losses/loss_kind.h"

namespace melomine::losses {

struct ConfidenceConfig {
  double temperature = 0.07;      ///< τ at the start
  double min_temperature = 0.01;  ///< τ stays at or above it
  double max_temperature = 1;     ///< … and at or below it
};
void bind(configs::Binder& b, ConfidenceConfig& c);

/// Batch-wide confidence (system E: Frank 2020, The Machine Learning Behind Hum to Search), which drives to 1
/// how sure the model is of each positive among all negatives of the batch, the easy and the too hard ones
/// that triplets leave out. The source gives no formula; our reading is cross entropy over all pairs with a
/// learned temperature: with N(i) the negatives of anchor i,
///   p(i, j) = exp(<z_i, z_j> / τ) / (exp(<z_i, z_j> / τ) + Σ_{k in N(i)} exp(<z_i, z_k> / τ)),
/// the mean over all ordered positive pairs (i, j) of -log p(i, j). Other positives of i are left out of the
/// sum, so that each p(i, j) can be 1. A pair whose anchor has no negatives counts with its loss, 0, as in
/// NtXent's `standard`. No pair at all: 0.
///
/// Parameter: log_scale [1], log(1 / τ) (Radford et al. 2021, section 2.3). `forward` first puts it back into
/// the bounds, where a step of the optimizer has taken it out: clamped in the graph, it would get no gradient
/// out there and never come back.
class Confidence : public Loss {
 public:
  /// @throws ConfigError for temperatures that are not > 0, or a start outside of the bounds
  explicit Confidence(const ConfidenceConfig& config = {});
  /// Needs z and pairs. @throws ShapeError
  torch::Tensor forward(const LossInput& input) override;

 private:
  ConfidenceConfig config_;
  torch::Tensor log_scale_;
};

}  // namespace melomine::losses
