#pragma once

#include <torch/torch.h>

#include <memory>
#include <string_view>
#include <vector>

#include "configs/choice.h"
#include "models/checkpoint.h"

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

/// A kind of optimizer with its settings. Its name is part of the names of its tensors in a checkpoint.
class OptimizerKind : public configs::Kind {
 public:
  /// trainer/optimizer_catalog.cpp
  static const configs::Catalogue& catalogue();
  virtual std::unique_ptr<Optimizer> make(const std::vector<torch::Tensor>& parameters) const = 0;
};

/// The kind of the optimizer O, which is made of its config and the parameters.
template <class O, class Config>
class OptimizerKindOf : public configs::KindOf<OptimizerKindOf<O, Config>, OptimizerKind, Config> {
 public:
  std::unique_ptr<Optimizer> make(const std::vector<torch::Tensor>& parameters) const override {
    return std::make_unique<O>(this->config, parameters);
  }
};

}  // namespace melomine::trainer
