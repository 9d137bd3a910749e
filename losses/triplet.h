#pragma once

#include "losses/loss.h"
#include "losses/loss_kind.h"

namespace melomine::losses {

/// Over what the triplets' losses are averaged.
enum class TripletMean {
  kAll,     ///< every valid triplet
  kActive,  ///< those whose loss is not zero: the step stays as long when few are left
};

struct TripletConfig {
  double margin = 0.3;
  TripletMean mean = TripletMean::kActive;
};
void bind(configs::Binder& b, TripletConfig& c);

/// Triplet loss on cosine distance d(a, b) = 1 - <z_a, z_b> over the triplets of the batch:
///   max(0, d(anchor, positive) - d(anchor, negative) + margin).
/// Every positive is taken with every negative of the same anchor. No triplet: 0.
class Triplet : public Loss {
 public:
  explicit Triplet(const TripletConfig& config = {}) : config_(config) {}
  /// Needs z and pairs. @throws ShapeError
  torch::Tensor forward(const LossInput& input) override;

 private:
  TripletConfig config_;
};

}  // namespace melomine::losses
