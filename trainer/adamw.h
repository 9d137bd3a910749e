#pragma once

#include "trainer/adam.h"

namespace melomine::trainer {

struct AdamWConfig {
  AdamMoments moments = {};    ///< its fields stand beside `weight_decay`
  double weight_decay = 0.01;  ///< of a weight, in a step at a learning rate of 1
};
void bind(configs::Binder& b, AdamWConfig& c);

/// Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019, algorithm 2): weights shrink
/// by learning rate times decay, then take Adam's step. Weights without a gradient stay.
class AdamW : public Adam {
 public:
  AdamW(const AdamWConfig& config, const std::vector<torch::Tensor>& parameters);
  void step(double learning_rate, double gradient_scale) override;

 private:
  double weight_decay_;
  std::vector<torch::Tensor> parameters_;
};

}  // namespace melomine::trainer
