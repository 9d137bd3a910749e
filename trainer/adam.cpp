#include "trainer/adam.h"

#include "trainer/adam_step.h"

namespace melomine::trainer {

void bind(configs::Binder& b, AdamMoments& c) {
  b.number("beta1", c.beta1, configs::Range{0, 1, false, true}, "decay of the mean of gradients");
  b.number("beta2", c.beta2, configs::Range{0, 1, false, true}, "decay of the mean of squared gradients");
  b.number("epsilon", c.epsilon, configs::above(0), "added to the denominator");
}

void bind(configs::Binder& b, AdamConfig& c) {
  bind(b, c.moments);
  b.number("weight_decay", c.weight_decay, configs::at_least(0), "L2 penalty");
}

configs::KindEntry adam_kind() {
  return configs::kind<OptimizerKindOf<Adam, AdamConfig>>("adam", "Adam, weight decay as an L2 penalty");
}

Adam::Adam(const AdamConfig& config, const std::vector<torch::Tensor>& parameters)
    : adam_(parameters, torch::optim::AdamOptions()
                            .betas({config.moments.beta1, config.moments.beta2})
                            .eps(config.moments.epsilon)
                            .weight_decay(config.weight_decay)) {}

void Adam::step(double learning_rate, double gradient_scale) {
  for (auto& group : adam_.param_groups()) group.options().set_lr(learning_rate);
  adam_step(adam_, gradient_scale);
}

models::TensorMap Adam::state(const torch::nn::Module& module) const {
  return models::adam_state(adam_, module);
}

void Adam::load_state(const torch::nn::Module& module, const models::TensorMap& state,
                      std::string_view source) {
  models::load_adam_state(adam_, module, state, source);
}

}  // namespace melomine::trainer
