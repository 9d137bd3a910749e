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

float inner_product(const float* a, const float* b, int64_t count) {
  // Independent partial sums let the compiler use vector registers without reordering anything.
  constexpr int64_t kPartials = 16;
  float sums[kPartials] = {};
  int64_t j = 0;
  for (; j + kPartials <= count; j += kPartials)
    for (int64_t k = 0; k < kPartials; ++k) sums[k] += a[j + k] * b[j + k];
  float total = 0;
  for (const float sum : sums) total += sum;
  for (; j < count; ++j) total += a[j] * b[j];
  return total;
}

}  // namespace melomine::dsp
