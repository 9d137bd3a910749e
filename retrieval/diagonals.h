#pragma once

#include <cstdint>
#include <vector>

#include "retrieval/sequence_view.h"

namespace melomine::retrieval {

/// Rows of the shorter sequence per matrix product: enough for BLAS, little enough that a long pair stays in
/// memory.
inline constexpr int64_t kProductRows = 128;

/// out [rows, columns] = a [rows, dim] b [columns, dim]^T, row-major; on the calling thread while a
/// SingleThreadedBlas lives.
void product(const float* a, const float* b, int64_t rows, int64_t columns, int64_t dim, float* out);
void product(const double* a, const double* b, int64_t rows, int64_t columns, int64_t dim, double* out);

/// Adds up a matrix along its diagonals: sums[i] += Σ_r matrix[r * row_stride + r + i] for r < rows, i <
/// lags. Each sum is taken in the order of r, whatever the processor's vectors.
/// @param matrix  readable to (rows - 1) * (row_stride + 1) + lags values
/// @param sums    [lags]
void add_diagonals(const float* matrix, int64_t rows, int64_t row_stride, int64_t lags, double* sums);
void add_diagonals(const double* matrix, int64_t rows, int64_t row_stride, int64_t lags, double* sums);

/// Σ_t <shorter_t, longer_{t + i}> for each place i at which the shorter lies wholly inside the longer.
/// @param scratch  for the matrix of inner products, reused between calls
/// @returns [longer.steps - shorter.steps + 1]
/// @throws ShapeError where either is empty, the first is the longer or the dims differ
template <class T>
std::vector<double> diagonal_sums(SequenceView<T> shorter, SequenceView<T> longer, std::vector<T>& scratch);

/// While one lives, BLAS computes on the thread that calls it: the callers are the parallelism, and threads
/// of BLAS's own would only get in their way. Any number may live at once, in any threads; the number of
/// threads before the first comes back after the last.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas();
  ~SingleThreadedBlas();
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;
};

}  // namespace melomine::retrieval
