#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::retrieval {

/// Fingerprints of consecutive analysis windows: [steps, dim], row-major, each row of unit L2 norm. Row t
/// belongs to the window centred on first_center_s + t * hop_s.
struct FingerprintSequence {
  int64_t steps = 0;
  int64_t dim = 0;
  double hop_s = 0;
  double first_center_s = 0;
  std::vector<float> values;
  /// [steps] 0 where a step counts for nothing, its row being 0; empty: all count.
  std::vector<uint8_t> voiced = {};

  std::span<const float> row(int64_t t) const { return {values.data() + t * dim, static_cast<size_t>(dim)}; }
};

}  // namespace melomine::retrieval
