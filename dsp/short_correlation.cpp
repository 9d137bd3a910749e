#include "dsp/short_correlation.h"

#include <algorithm>

namespace melomine::dsp {

void correlate_lags(const float* a, const float* b, int64_t count, int64_t lags, float* out) {
  for (int64_t first = 0; first < lags; first += kLagGroup) {
    // One group of sums stays in registers over the whole block.
    float sums[kLagGroup] = {};
    const float* shifted = b + first;
    for (int64_t j = 0; j < count; ++j) {
      const float value = a[j];
      for (int64_t k = 0; k < kLagGroup; ++k) sums[k] += value * shifted[j + k];
    }
    std::copy(sums, sums + kLagGroup, out + first);
  }
}

}  // namespace melomine::dsp
