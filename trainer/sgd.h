#pragma once

#include "trainer/optimizer.h"

namespace melomine::trainer {

struct SgdConfig {
  double momentum = 0;
  bool nesterov = false;    ///< the gradient is taken where momentum leads
  double weight_decay = 0;  ///< L2 penalty
};
void bind(configs::Binder& b, SgdConfig& c);

/// Stochastic gradient descent with momentum (Sutskever et al. 2013) as torch.optim.SGD has it, without
/// dampening: v ← momentum · v + g, from v = g at a parameter's first step, then w ← w - rate · v (nesterov:
/// g + momentum · v in place of v), where g holds the L2 penalty. Its state is v, as "PARAMETER.momentum".
class Sgd : public Optimizer {
 public:
  /// @throws ConfigError for nesterov without momentum
  Sgd(const SgdConfig& config, const std::vector<torch::Tensor>& parameters);
  void step(double learning_rate, double gradient_scale) override;
  models::TensorMap state(const torch::nn::Module& module) const override;
  void load_state(const torch::nn::Module& module, const models::TensorMap& state,
                  std::string_view source) override;

 private:
  /// Where a module's parameter stands among those that are stepped; past the end when it is not there.
  size_t index_of(const torch::Tensor& parameter) const;

  SgdConfig config_;
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> velocities_;  ///< beside the parameters; undefined before a first step
};

}  // namespace melomine::trainer
