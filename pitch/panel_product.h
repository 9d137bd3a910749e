#pragma once

#include <cstdint>

namespace melomine::pitch {

/// Columns of a panel.
inline constexpr int64_t kPanelColumns = 16;

/// A matrix product, out[r, c] = Σ_k row_r[k] * panel[k, c], whose rows may overlap, as the windows that a
/// convolution sees do, and whose columns lie in panels of 16.
struct PanelProduct {
  const float* rows;       ///< row r begins at rows + r * row_stride
  int64_t row_count;       ///< may be 0
  int64_t row_stride;      ///< floats between the beginnings of rows
  int64_t depth;           ///< numbers of a row
  const float* panels;     ///< panel p is [depth, kPanelColumns] at panels + p * panel_stride
  int64_t panel_count;     ///< of kPanelColumns columns each
  int64_t panel_stride;    ///< floats between panels
  float* out;              ///< row r of panel p is written to out + r * row_step + p * panel_step
  int64_t out_row_step;    ///< floats between rows of the output
  int64_t out_panel_step;  ///< floats between panels of the output
};

/// By the widest vectors that the processor has, on the calling thread. Each sum is taken in the order of k,
/// whatever the number of rows: results depend on nothing but the numbers and on whether the processor fuses
/// products and sums.
void multiply(const PanelProduct& product);

/// One way of doing so, for tests and benchmarks.
struct PanelKernel {
  const char* name;  ///< "avx512", "avx2", "baseline"
  void (*multiply)(const PanelProduct&);
};
/// All that this processor runs, fastest first.
int panel_kernel_count();
const PanelKernel& panel_kernel(int index);

}  // namespace melomine::pitch
