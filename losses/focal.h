#pragma once

#include "losses/loss.h"
#include "losses/loss_kind.h"

namespace melomine::losses {

struct FocalConfig {
  double gamma = 2;  ///< γ: how much well classified rows are played down; 0 is cross entropy
  double alpha = 1;  ///< α: weight of the whole
};
void bind(configs::Binder& b, FocalConfig& c);

/// Song classification with focal loss (Lin et al. 2017, eq. 5) on logits z · weightᵀ.
/// Parameter: weight [song_classes, D].
class Focal : public Loss {
 public:
  /// @throws ConfigError when song_classes < 2
  Focal(const FocalConfig& config, const LossContext& context);
  /// Needs z and songs. @throws ShapeError
  torch::Tensor forward(const LossInput& input) override;

 private:
  FocalConfig config_;
  torch::Tensor weight_;
};

}  // namespace melomine::losses
