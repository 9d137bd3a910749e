#pragma once

#include "losses/loss.h"
#include "losses/loss_kind.h"

namespace melomine::losses {

/// Where an anchor's positives are averaged.
enum class SupConForm {
  kOut,  ///< outside the logarithm, eq. 2: what the paper recommends
  kIn,   ///< inside it, eq. 3
};

struct SupConConfig {
  double temperature = 0.1;  ///< τ
  SupConForm form = SupConForm::kOut;
};
void bind(configs::Binder& b, SupConConfig& c);

/// Supervised contrastive loss (Khosla et al. 2020). With P(i) the positives of anchor i and A(i) all that it
/// is compared with, its positives and its negatives, anchor i costs
///   out (eq. 2): -1/|P(i)| Σ_{p in P(i)} log( exp(<z_i, z_p> / τ) / Σ_{a in A(i)} exp(<z_i, z_a> / τ) ),
///   in  (eq. 3): -log( 1/|P(i)| Σ_{p in P(i)} exp(<z_i, z_p> / τ) / Σ_{a in A(i)} exp(<z_i, z_a> / τ) ).
/// The loss is the mean over anchors with positives, where the paper has the sum: a batch's size is no step's
/// length. `in` is never above `out` (Jensen). No pair at all: 0.
class SupCon : public Loss {
 public:
  /// @throws ConfigError for a temperature that is not > 0
  explicit SupCon(const SupConConfig& config = {});
  /// Needs z and pairs. @throws ShapeError
  torch::Tensor forward(const LossInput& input) override;

 private:
  SupConConfig config_;
};

}  // namespace melomine::losses
