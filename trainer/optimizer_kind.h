#pragma once

#include <memory>
#include <vector>

#include "configs/choice.h"
#include "models/tensor_fwd.h"

namespace melomine::trainer {

class Optimizer;

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
