#pragma once

#include <torch/torch.h>

#include <string_view>

#include "models/checkpoint.h"
#include "trainer/optimizer_kind.h"

namespace melomine::trainer {

/// Changes parameters by their gradients.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// One step on gradients times `gradient_scale`; parameters without a gradient stay.
  virtual void step(double learning_rate, double gradient_scale) = 0;
  /// What it remembers of a module's parameters, by their names; nothing of those that took no step yet.
  virtual models::TensorMap state(const torch::nn::Module& module) const = 0;
  /// It then goes on exactly as the saved one would have.
  /// @param source  whose state it is, for messages @throws DataError
  virtual void load_state(const torch::nn::Module& module, const models::TensorMap& state,
                          std::string_view source) = 0;
};

}  // namespace melomine::trainer
