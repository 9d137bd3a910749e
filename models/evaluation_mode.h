#pragma once

#include <memory>
#include <utility>

#include "models/encoder.h"

namespace melomine::models {

/// Evaluation mode while it lives, then the mode before: batch norm must not learn from what is only being
/// embedded, nor average over it.
class EvaluationMode {
 public:
  explicit EvaluationMode(std::shared_ptr<Encoder> encoder)
      : encoder_(std::move(encoder)), was_training_(encoder_->is_training()) {
    encoder_->eval();
  }
  ~EvaluationMode() { encoder_->train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  std::shared_ptr<Encoder> encoder_;
  bool was_training_;
};

}  // namespace melomine::models
