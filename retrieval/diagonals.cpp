#include "retrieval/diagonals.h"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "core/error.h"
#include "core/simd.h"

namespace melomine::retrieval {
namespace {

/// Lags whose sums stay in registers over all rows.
constexpr int64_t kLanes = 64;

/// Inlined into the clones below, which a template cannot have.
template <class T>
[[gnu::always_inline]] inline void add_along(const T* matrix, int64_t rows, int64_t row_stride, int64_t lags,
                                             double* sums) {
  const int64_t step = row_stride + 1;
  int64_t i = 0;
  for (; i + kLanes <= lags; i += kLanes) {
    std::array<double, kLanes> part{};
    for (int64_t j = 0; j < kLanes; ++j) part[static_cast<size_t>(j)] = sums[i + j];
    for (int64_t r = 0; r < rows; ++r) {
      const T* row = matrix + r * step + i;
      for (int64_t j = 0; j < kLanes; ++j) part[static_cast<size_t>(j)] += static_cast<double>(row[j]);
    }
    for (int64_t j = 0; j < kLanes; ++j) sums[i + j] = part[static_cast<size_t>(j)];
  }
  for (int64_t r = 0; r < rows && i < lags; ++r) {
    const T* row = matrix + r * step;
    for (int64_t j = i; j < lags; ++j) sums[j] += static_cast<double>(row[j]);
  }
}

/// How many SingleThreadedBlas live, and what the last of them gives back. OpenBLAS has one number of threads
/// for the process, so this is one for the process, too.
struct BlasThreads {
  std::mutex mutex;
  int64_t holders = 0;
  int before = 1;
};
BlasThreads& blas_threads() {
  static BlasThreads threads;
  return threads;
}

}  // namespace

void product(const float* a, const float* b, int64_t rows, int64_t columns, int64_t dim, float* out) {
  const int m = static_cast<int>(rows), n = static_cast<int>(columns), k = static_cast<int>(dim);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1.0f, a, k, b, k, 0.0f, out, n);
}
void product(const double* a, const double* b, int64_t rows, int64_t columns, int64_t dim, double* out) {
  const int m = static_cast<int>(rows), n = static_cast<int>(columns), k = static_cast<int>(dim);
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1.0, a, k, b, k, 0.0, out, n);
}

MELOMINE_WIDE_CLONES void add_diagonals(const float* matrix, int64_t rows, int64_t row_stride, int64_t lags,
                                        double* sums) {
  add_along(matrix, rows, row_stride, lags, sums);
}
MELOMINE_WIDE_CLONES void add_diagonals(const double* matrix, int64_t rows, int64_t row_stride, int64_t lags,
                                        double* sums) {
  add_along(matrix, rows, row_stride, lags, sums);
}

template <class T>
std::vector<double> diagonal_sums(SequenceView<T> shorter, SequenceView<T> longer, std::vector<T>& scratch) {
  if (shorter.dim != longer.dim || shorter.dim < 1)
    throw ShapeError(fmt::format("[sequence match] fingerprints of {} numbers against fingerprints of {}",
                                 shorter.dim, longer.dim));
  if (shorter.steps < 1 || longer.steps < shorter.steps)
    throw ShapeError(fmt::format("[sequence match] a sequence of {} steps cannot slide in one of {}",
                                 shorter.steps, longer.steps));
  const int64_t lags = longer.steps - shorter.steps + 1;
  std::vector<double> sums(static_cast<size_t>(lags));
  scratch.resize(static_cast<size_t>(std::min(kProductRows, shorter.steps) * longer.steps));
  for (int64_t t = 0; t < shorter.steps; t += kProductRows) {
    const int64_t rows = std::min(kProductRows, shorter.steps - t);
    product(shorter.values + t * shorter.dim, longer.values, rows, longer.steps, shorter.dim, scratch.data());
    add_diagonals(scratch.data() + t, rows, longer.steps, lags, sums.data());
  }
  return sums;
}
template std::vector<double> diagonal_sums(SequenceView<float>, SequenceView<float>, std::vector<float>&);
template std::vector<double> diagonal_sums(SequenceView<double>, SequenceView<double>, std::vector<double>&);

SingleThreadedBlas::SingleThreadedBlas() {
  BlasThreads& threads = blas_threads();
  const std::lock_guard lock(threads.mutex);
  if (threads.holders++ > 0) return;
  threads.before = openblas_get_num_threads();
  openblas_set_num_threads(1);
}

SingleThreadedBlas::~SingleThreadedBlas() {
  BlasThreads& threads = blas_threads();
  const std::lock_guard lock(threads.mutex);
  if (--threads.holders == 0) openblas_set_num_threads(threads.before);
}

}  // namespace melomine::retrieval
