#pragma once

#include "models/tensor_fwd.h"

namespace melomine::embedding {

/// Makes of a batch of clips what the encoder sees, on the encoder's device.
class ClipHearing {
 public:
  virtual ~ClipHearing() = default;
  /// @param clips  [B, 1, rows, columns] as ClipView's images drew them
  /// @returns [B, 1, F, T], without a graph
  virtual torch::Tensor hear(const torch::Tensor& clips) const = 0;
};

}  // namespace melomine::embedding
