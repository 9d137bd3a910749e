#pragma once

#include <cstdint>
#include <vector>

#include "retrieval/sequence_match.h"

namespace melomine::mining {

/// Adds up a matrix along its diagonals: sums[i] += Σ_r matrix[r * row_stride + r + i] for r < rows, i <
/// lags. Each sum is taken in the order of r, whatever the processor's vectors.
/// @param matrix  readable to (rows - 1) * (row_stride + 1) + lags values
/// @param sums    [lags]
void add_diagonals(const float* matrix, int64_t rows, int64_t row_stride, int64_t lags, double* sums);

/// The highest cross-correlation over the lags at which the shorter lies wholly inside the longer.
/// @param scratch  for the matrix of inner products, reused between calls
/// @throws ShapeError where either is empty or the dims differ
double max_correlation(retrieval::SequenceView<float> a, retrieval::SequenceView<float> b,
                       std::vector<float>& scratch);

}  // namespace melomine::mining
