#include "trainer/adamw.h"

namespace melomine::trainer {

void bind(configs::Binder& b, AdamWConfig& c) {
  bind(b, c.moments);
  b.number("weight_decay", c.weight_decay, configs::at_least(0), "of a weight, at a learning rate of 1");
}

configs::KindEntry adamw_kind() {
  return configs::kind<OptimizerKindOf<AdamW, AdamWConfig>>("adamw",
                                                            "Adam, weight decay apart from the gradient");
}

AdamW::AdamW(const AdamWConfig& config, const std::vector<torch::Tensor>& parameters)
    : Adam({.moments = config.moments, .weight_decay = 0}, parameters),
      weight_decay_(config.weight_decay),
      parameters_(parameters) {}

void AdamW::step(double learning_rate, double gradient_scale) {
  {
    torch::NoGradGuard no_grad;
    for (auto& parameter : parameters_)
      if (parameter.grad().defined()) parameter.mul_(1 - learning_rate * weight_decay_);
  }
  Adam::step(learning_rate, gradient_scale);
}

}  // namespace melomine::trainer
