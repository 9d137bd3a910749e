#include "mining/diagonal_sums.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "core/error.h"

// Clones are chosen when the program is loaded, which sanitizers do not survive.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__SANITIZE_ADDRESS__)
#define MELOMINE_WIDE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MELOMINE_WIDE_CLONES
#endif

namespace melomine::mining {
namespace {

/// Lags whose sums stay in registers over all rows.
constexpr int64_t kLanes = 64;

}  // namespace

MELOMINE_WIDE_CLONES void add_diagonals(const float* matrix, int64_t rows, int64_t row_stride, int64_t lags,
                                        double* sums) {
  const int64_t step = row_stride + 1;
  int64_t i = 0;
  for (; i + kLanes <= lags; i += kLanes) {
    std::array<double, kLanes> part{};
    for (int64_t j = 0; j < kLanes; ++j) part[static_cast<size_t>(j)] = sums[i + j];
    for (int64_t r = 0; r < rows; ++r) {
      const float* row = matrix + r * step + i;
      for (int64_t j = 0; j < kLanes; ++j) part[static_cast<size_t>(j)] += static_cast<double>(row[j]);
    }
    for (int64_t j = 0; j < kLanes; ++j) sums[i + j] = part[static_cast<size_t>(j)];
  }
  for (int64_t r = 0; r < rows && i < lags; ++r) {
    const float* row = matrix + r * step;
    for (int64_t j = i; j < lags; ++j) sums[j] += static_cast<double>(row[j]);
  }
}

double max_correlation(retrieval::SequenceView<float> a, retrieval::SequenceView<float> b,
                       std::vector<float>& scratch) {
  if (a.dim != b.dim)
    throw ShapeError(
        fmt::format("[mining] fingerprints of {} numbers against fingerprints of {}", a.dim, b.dim));
  const auto& [shorter, longer] = a.steps <= b.steps ? std::tie(a, b) : std::tie(b, a);
  const retrieval::LagRange lags = retrieval::lag_range(shorter.steps, longer.steps);
  scratch.resize(
      static_cast<size_t>(std::min(retrieval::detail::kProductRows, shorter.steps) * longer.steps));
  std::vector<double> sums(static_cast<size_t>(lags.count));
  for (int64_t t = 0; t < shorter.steps; t += retrieval::detail::kProductRows) {
    const int64_t rows = std::min(retrieval::detail::kProductRows, shorter.steps - t);
    retrieval::detail::product(shorter.values + t * shorter.dim, longer.values, rows, longer.steps,
                               shorter.dim, scratch.data());
    add_diagonals(scratch.data() + t, rows, longer.steps, lags.count, sums.data());
  }
  return *std::max_element(sums.begin(), sums.end()) / static_cast<double>(shorter.steps);
}

}  // namespace melomine::mining
