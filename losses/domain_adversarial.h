#pragma once

#include "losses/loss.h"
#include "losses/loss_kind.h"

namespace melomine::losses {

/// The identity forward, -λ times the gradient backward (Ganin and Lempitsky 2015, eqs. 7 and 8).
torch::Tensor reverse_gradient(const torch::Tensor& x, double lambda);

struct DomainAdversarialConfig {
  double lambda = 1;        ///< λ of the reversal
  int64_t hidden_dim = 64;  ///< width of the classifier's hidden layer; 0: a linear classifier
};
void bind(configs::Binder& b, DomainAdversarialConfig& c);

/// Makes humming and singing indistinguishable: a classifier learns to tell the domains apart by cross
/// entropy, and through gradient reversal the encoder learns to defeat it.
/// Parameters: hidden_weight, hidden_bias (absent when linear), weight, bias.
class DomainAdversarial : public Loss {
 public:
  /// @throws ConfigError when there are fewer than 2 domains
  DomainAdversarial(const DomainAdversarialConfig& config, const LossContext& context);
  /// Needs z and domains. @throws ShapeError
  torch::Tensor forward(const LossInput& input) override;

 private:
  DomainAdversarialConfig config_;
  torch::Tensor hidden_weight_, hidden_bias_, weight_, bias_;
};

}  // namespace melomine::losses
