#include "dsp/simd_kernels.h"

#include <cmath>
#include <cstring>
#include <vector>

#define MELOMINE_INLINE inline __attribute__((always_inline))

namespace melomine::dsp {
namespace {

// Vector registers by lanes: `Packed` lives in registers, `Loose` is the same at any address.
struct Lanes4 {
  typedef float Packed __attribute__((vector_size(16)));
  typedef float Loose __attribute__((vector_size(16), aligned(4), may_alias));
  static constexpr int64_t kLanes = 4, kFrames = 2;
};
struct Lanes8 {
  typedef float Packed __attribute__((vector_size(32)));
  typedef float Loose __attribute__((vector_size(32), aligned(4), may_alias));
  static constexpr int64_t kLanes = 8, kFrames = 6;
};
struct Lanes16 {
  typedef float Packed __attribute__((vector_size(64)));
  typedef float Loose __attribute__((vector_size(64), aligned(4), may_alias));
  static constexpr int64_t kLanes = 16, kFrames = 8;
};

/// By reference: returning a wide vector by value is another ABI for each instruction set.
template <class Lanes>
MELOMINE_INLINE const typename Lanes::Loose& load(const float* from) {
  return *reinterpret_cast<const typename Lanes::Loose*>(from);
}

/// kFrames frames from `first` on, kept in registers over all taps.
template <class Lanes, int64_t kFrames>
MELOMINE_INLINE void multiply_frames(const PanelProduct& p, int64_t first) {
  constexpr int64_t kVectors = kPanelColumns / Lanes::kLanes;
  typename Lanes::Packed sums[kFrames][kVectors] = {};
  const float* samples = p.samples + first * p.frame_stride;
  for (int64_t l = 0; l < p.tap_count; ++l) {
    typename Lanes::Packed taps[kVectors];
    for (int64_t v = 0; v < kVectors; ++v)
      taps[v] = load<Lanes>(p.taps + l * kPanelColumns + v * Lanes::kLanes);
    for (int64_t t = 0; t < kFrames; ++t)
      for (int64_t v = 0; v < kVectors; ++v) sums[t][v] += samples[t * p.frame_stride + l] * taps[v];
  }
  float parts[kFrames][kPanelColumns], magnitudes[kFrames][kPanelBins];
  std::memcpy(parts, sums, sizeof(parts));
  for (int64_t t = 0; t < kFrames; ++t)
    for (int64_t b = 0; b < kPanelBins; ++b)
      magnitudes[t][b] =
          std::sqrt(parts[t][b] * parts[t][b] + parts[t][b + kPanelBins] * parts[t][b + kPanelBins]);
  for (int64_t b = 0; b < p.bins; ++b) {
    float* out = p.magnitude + b * p.bin_stride + first * p.out_frame_step;
    for (int64_t t = 0; t < kFrames; ++t) out[t * p.out_frame_step] = magnitudes[t][b];
  }
}

template <class Lanes>
MELOMINE_INLINE void multiply(const PanelProduct& p) {
  constexpr int64_t kFrames = Lanes::kFrames;
  if (p.frames < kFrames) {
    for (int64_t t = 0; t < p.frames; ++t) multiply_frames<Lanes, 1>(p, t);
    return;
  }
  int64_t t = 0;
  for (; t + kFrames <= p.frames; t += kFrames) multiply_frames<Lanes, kFrames>(p, t);
  // The rest overlaps the frames before it: cheaper than one frame at a time, and the same values.
  if (t < p.frames) multiply_frames<Lanes, kFrames>(p, p.frames - kFrames);
}

template <class Lanes>
MELOMINE_INLINE void halve(const Halving& h) {
  const int64_t sides = h.side_count;
  for (int64_t i = 0; i < h.count + 2 * sides; ++i) h.odd[i] = h.input[2 * (i - sides) + 1];
  const float* odd = h.odd + sides;
  for (int64_t m = 0; m < h.count; ++m) h.output[m] = 0.5F * h.input[2 * m];
  int64_t m = 0;
  constexpr int64_t kStep = 2 * Lanes::kLanes;
  for (; m + kStep <= h.count; m += kStep) {
    typename Lanes::Packed low = load<Lanes>(h.output + m), high = load<Lanes>(h.output + m + Lanes::kLanes);
    for (int64_t i = 0; i < sides; ++i) {
      const float* before = odd + m - 1 - i;
      const float* after = odd + m + i;
      low += h.side[i] * (load<Lanes>(before) + load<Lanes>(after));
      high += h.side[i] * (load<Lanes>(before + Lanes::kLanes) + load<Lanes>(after + Lanes::kLanes));
    }
    std::memcpy(h.output + m, &low, sizeof(low));
    std::memcpy(h.output + m + Lanes::kLanes, &high, sizeof(high));
  }
  for (; m < h.count; ++m)
    for (int64_t i = 0; i < sides; ++i) h.output[m] += h.side[i] * (odd[m - 1 - i] + odd[m + i]);
}

void multiply_baseline(const PanelProduct& p) {
  multiply<Lanes4>(p);
}
void halve_baseline(const Halving& h) {
  halve<Lanes4>(h);
}

#if defined(__x86_64__)
// Chosen at run time by hand: `target_clones` needs ifuncs, which run before the sanitizers are set up.
__attribute__((target("avx2,fma"))) void multiply_avx2(const PanelProduct& p) {
  multiply<Lanes8>(p);
}
__attribute__((target("avx2,fma"))) void halve_avx2(const Halving& h) {
  halve<Lanes8>(h);
}
__attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"))) void multiply_avx512(const PanelProduct& p) {
  multiply<Lanes16>(p);
}
__attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"))) void halve_avx512(const Halving& h) {
  halve<Lanes16>(h);
}
#endif

const std::vector<SimdKernels>& runnable_kernels() {
  static const std::vector<SimdKernels> all = [] {
    std::vector<SimdKernels> found;
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
      found.push_back({"avx512", multiply_avx512, halve_avx512});
    if (avx2) found.push_back({"avx2", multiply_avx2, halve_avx2});
#endif
    found.push_back({"baseline", multiply_baseline, halve_baseline});
    return found;
  }();
  return all;
}

}  // namespace

const SimdKernels& simd_kernels() {
  return runnable_kernels().front();
}

int simd_kernel_count() {
  return static_cast<int>(runnable_kernels().size());
}

const SimdKernels& simd_kernels(int index) {
  return runnable_kernels().at(static_cast<size_t>(index));
}

}  // namespace melomine::dsp
