#include "pitch/panel_product.h"

#include <cstring>
#include <vector>

#define MELOMINE_INLINE inline __attribute__((always_inline))

namespace melomine::pitch {
namespace {

// Vector registers by lanes: `Packed` lives in registers, `Loose` is the same at any address. As many sums as
// fit beside the numbers that they are made of.
struct PanelLanes4 {
  typedef float Packed __attribute__((vector_size(16)));
  typedef float Loose __attribute__((vector_size(16), aligned(4), may_alias));
  static constexpr int64_t kLanes = 4, kRowsOfOne = 2, kRowsOfTwo = 1;
};
struct PanelLanes8 {
  typedef float Packed __attribute__((vector_size(32)));
  typedef float Loose __attribute__((vector_size(32), aligned(4), may_alias));
  static constexpr int64_t kLanes = 8, kRowsOfOne = 6, kRowsOfTwo = 3;
};
struct PanelLanes16 {
  typedef float Packed __attribute__((vector_size(64)));
  typedef float Loose __attribute__((vector_size(64), aligned(4), may_alias));
  static constexpr int64_t kLanes = 16, kRowsOfOne = 24, kRowsOfTwo = 12;
};

/// kRows rows times kPanels panels, whose sums stay in registers over the whole depth.
template <class Lanes, int64_t kRows, int64_t kPanels>
MELOMINE_INLINE void multiply_tile(const PanelProduct& p, const float* rows, const float* panels,
                                   float* out) {
  constexpr int64_t kVectors = kPanelColumns / Lanes::kLanes;
  typename Lanes::Packed sums[kRows][kPanels * kVectors] = {};
  for (int64_t k = 0; k < p.depth; ++k) {
    typename Lanes::Packed columns[kPanels * kVectors];
#pragma GCC unroll 8
    for (int64_t v = 0; v < kPanels * kVectors; ++v)
      columns[v] = *reinterpret_cast<const typename Lanes::Loose*>(
          panels + v / kVectors * p.panel_stride + k * kPanelColumns + v % kVectors * Lanes::kLanes);
#pragma GCC unroll 32
    for (int64_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
      for (int64_t v = 0; v < kPanels * kVectors; ++v) sums[r][v] += rows[r * p.row_stride + k] * columns[v];
  }
#pragma GCC unroll 32
  for (int64_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (int64_t v = 0; v < kPanels * kVectors; ++v)
      std::memcpy(out + r * p.out_row_step + v / kVectors * p.out_panel_step + v % kVectors * Lanes::kLanes,
                  &sums[r][v], sizeof(sums[r][v]));
}

/// All rows times kPanels panels: kRows at a time, then half as many, down to one.
template <class Lanes, int64_t kRows, int64_t kPanels>
MELOMINE_INLINE void multiply_rows(const PanelProduct& p, int64_t first, const float* panels, float* out) {
  int64_t r = first;
  for (; r + kRows <= p.row_count; r += kRows)
    multiply_tile<Lanes, kRows, kPanels>(p, p.rows + r * p.row_stride, panels, out + r * p.out_row_step);
  if constexpr (kRows > 1) multiply_rows<Lanes, kRows / 2, kPanels>(p, r, panels, out);
}

template <class Lanes>
MELOMINE_INLINE void multiply_panels(const PanelProduct& p) {
  int64_t panel = 0;
  for (; panel + 2 <= p.panel_count; panel += 2)
    multiply_rows<Lanes, Lanes::kRowsOfTwo, 2>(p, 0, p.panels + panel * p.panel_stride,
                                               p.out + panel * p.out_panel_step);
  if (panel < p.panel_count)
    multiply_rows<Lanes, Lanes::kRowsOfOne, 1>(p, 0, p.panels + panel * p.panel_stride,
                                               p.out + panel * p.out_panel_step);
}

void multiply_panels_baseline(const PanelProduct& p) {
  multiply_panels<PanelLanes4>(p);
}
#if defined(__x86_64__)
// Chosen at run time by hand: `target_clones` needs ifuncs, which run before the sanitizers are set up.
__attribute__((target("avx2,fma"))) void multiply_panels_avx2(const PanelProduct& p) {
  multiply_panels<PanelLanes8>(p);
}
__attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"))) void multiply_panels_avx512(
    const PanelProduct& p) {
  multiply_panels<PanelLanes16>(p);
}
#endif

const std::vector<PanelKernel>& runnable_panel_kernels() {
  static const std::vector<PanelKernel> all = [] {
    std::vector<PanelKernel> found;
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
      found.push_back({"avx512", multiply_panels_avx512});
    if (avx2) found.push_back({"avx2", multiply_panels_avx2});
#endif
    found.push_back({"baseline", multiply_panels_baseline});
    return found;
  }();
  return all;
}

}  // namespace

void multiply(const PanelProduct& product) {
  runnable_panel_kernels().front().multiply(product);
}

int panel_kernel_count() {
  return static_cast<int>(runnable_panel_kernels().size());
}

const PanelKernel& panel_kernel(int index) {
  return runnable_panel_kernels().at(static_cast<size_t>(index));
}

}  // namespace melomine::pitch
