#pragma once

#include "losses/loss.h"
#include "losses/loss_kind.h"

namespace melomine::losses {

struct ArcFaceConfig {
  double scale = 30;    ///< s
  double margin = 0.5;  ///< m, radians, added to the angle between a fingerprint and its song's weight
  double gamma = 0;     ///< γ of focal loss on the scaled logits; 0 is cross entropy
};
void bind(configs::Binder& b, ArcFaceConfig& c);

/// ArcFace (Deng et al. 2019, eq. 3): softmax over s · cos θ_k with s · cos(θ_t + m) for the target. Where
/// θ_t + m would pass π, cos θ_t - m · sin m takes its place, as in the authors' code: it goes on falling.
/// Parameter: weight [song_classes, D], whose rows are normalised in use.
class ArcFace : public Loss {
 public:
  /// @throws ConfigError when song_classes < 2
  ArcFace(const ArcFaceConfig& config, const LossContext& context);
  /// Needs z and songs. @throws ShapeError
  torch::Tensor forward(const LossInput& input) override;

 private:
  ArcFaceConfig config_;
  torch::Tensor weight_;
};

}  // namespace melomine::losses
