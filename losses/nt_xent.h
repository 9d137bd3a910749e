#pragma once

#include "losses/loss.h"
#include "losses/loss_kind.h"

namespace melomine::losses {

/// Over what an anchor's softmax is normalised.
enum class Denominator {
  kNegatives,  ///< the other groups only: Amatov et al. 2023, eq. 1
  kStandard,  ///< the other groups and the positive itself: Chen et al. 2020, as metric-learning libraries do
};

struct NtXentConfig {
  double temperature = 0.05;  ///< τ
  Denominator denominator = Denominator::kNegatives;
};
void bind(configs::Binder& b, NtXentConfig& c);

/// NT-Xent over groups of aligned fragments (Amatov et al. 2023, eq. 1), with N(i) the rows of other groups:
///   l(i, j) = -log( exp(<z_i, z_j> / τ) / Σ_{k in N(i)} exp(<z_i, z_k> / τ) ),
/// the mean over all ordered positive pairs (i, j). `standard` adds the positive's own term to the sum.
///
/// With mined pairs, (i, j) runs over the mined positives and N(i) over the mined negatives of i. A pair
/// whose anchor has no negative left has no denominator: `negatives` leaves it out of the mean, `standard`
/// counts it with its loss, 0 (both as golden values pin). No pair at all: 0.
class NtXent : public Loss {
 public:
  /// @throws ConfigError for a temperature that is not > 0
  explicit NtXent(const NtXentConfig& config = {});
  /// Needs z and pairs. @throws ShapeError
  torch::Tensor forward(const LossInput& input) override;

 private:
  NtXentConfig config_;
};

}  // namespace melomine::losses
