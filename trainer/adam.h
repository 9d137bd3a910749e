#pragma once

#include "trainer/optimizer.h"

namespace melomine::trainer {

/// How Adam's two moments are kept and used.
struct AdamMoments {
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
};
void bind(configs::Binder& b, AdamMoments& c);

struct AdamConfig {
  AdamMoments moments = {};  ///< its fields stand beside `weight_decay`
  double weight_decay = 0;   ///< L2 penalty
};
void bind(configs::Binder& b, AdamConfig& c);

/// Adam (Kingma and Ba 2015).
class Adam : public Optimizer {
 public:
  Adam(const AdamConfig& config, const std::vector<torch::Tensor>& parameters);
  void step(double learning_rate, double gradient_scale) override;
  models::TensorMap state(const torch::nn::Module& module) const override;
  void load_state(const torch::nn::Module& module, const models::TensorMap& state,
                  std::string_view source) override;

 private:
  torch::optim::Adam adam_;
};

}  // namespace melomine::trainer
