#pragma once

#include <cstdint>
#include <span>

#include "retrieval/fixed_sequence.h"

namespace melomine::retrieval {

/// Sums of products that a row is dealt out into: values 2j and 2j + 1 of each 16 belong to lane j.
inline constexpr int64_t kFixedLanes = 8;
inline constexpr int64_t fixed_lane(int64_t value) {
  return value / 2 % kFixedLanes;
}

/// out[a * out_stride + b] = <row a of the first, row b of the second>, exactly.
struct FixedProducts {
  FixedView a, b;  ///< of one dim
  int32_t* out;
  int64_t out_stride;
};

/// sums[i] = Σ_t <shorter_t, longer_{t + i}> for i < lags, exactly.
struct FixedSlide {
  FixedView shorter;
  const int16_t* longer;  ///< [lags + shorter.steps - 1, dim]
  int64_t lags;
  std::span<const int64_t> group_ends;  ///< as FixedQuery has them of the shorter
  int64_t* sums;                        ///< [lags]
};

/// The inner loops for one instruction set.
struct FixedKernels {
  const char* name;  ///< "avx2", "baseline"
  void (*products)(const FixedProducts&);
  void (*slide)(const FixedSlide&);
  /// Of each row Σ_d x and Σ_d x². @param sum, square  [steps]
  void (*row_sums)(const FixedView& rows, double* sum, double* square);
};

/// By the fastest that this processor runs.
void fixed_products(const FixedProducts& p);
void fixed_slide(const FixedSlide& s);
void fixed_row_sums(const FixedView& rows, double* sum, double* square);
/// Asks memory for rows that are needed soon.
void fixed_prefetch(const FixedView& rows);
/// Whether a step counts: a row that is not of zeros.
bool is_voiced_row(const int16_t* row, int64_t dim);

/// All that this processor runs, fastest first, for tests and benchmarks.
std::span<const FixedKernels> fixed_kernels();

}  // namespace melomine::retrieval
