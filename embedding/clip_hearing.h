#pragma once

#include "datasets/batch.h"
#include "models/tensor_fwd.h"

namespace melomine::embedding {

/// Makes of a batch of clips what the encoder sees, on the encoder's device.
class ClipHearing {
 public:
  virtual ~ClipHearing() = default;
  /// @param clips  [B, 1, rows, columns] the batch's features, on the device; where they are augmented later,
  ///               int16 [clips, 1, 1, length], the source windows
  /// @param batch  what else is known of them; its own features are not looked at
  /// @returns [B, 1, F, T] images of the batch's rows, without a graph
  virtual torch::Tensor hear(const torch::Tensor& clips, const datasets::Batch& batch) const = 0;
};

}  // namespace melomine::embedding
