#include "trainer/adam_kernel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/simd.h"

namespace melomine::trainer {
namespace {

/// Values one thread takes at a time: large against the cost of starting it, small against a parameter.
constexpr int64_t kChunk = 1 << 15;
constexpr int64_t kPiece = 1024;  // of a transposed gradient

int64_t chunks_of(int64_t count) {
  return (count + kChunk - 1) / kChunk;
}

MELOMINE_WIDE_CLONES void move_chunk(float* __restrict w, const float* __restrict g, float* __restrict m,
                                     float* __restrict v, int64_t count, const AdamFactors& factors) {
  const AdamFactors f = factors;  // a copy the compiler knows no store can change
  for (int64_t i = 0; i < count; ++i) {
    const float slope = g[i] * f.gradient_scale + w[i] * f.weight_decay;
    m[i] = m[i] * f.beta1 + slope * f.one_minus_beta1;
    v[i] = v[i] * f.beta2 + slope * slope * f.one_minus_beta2;
    w[i] -= f.step_size * (m[i] / (std::sqrt(v[i]) / f.root_of_second_correction + f.epsilon));
  }
}

/// One block whose gradient is transposed: its values are put in the weights' order piece by piece.
void move_block(float* w, const float* g, float* m, float* v, const AdamLayout& layout,
                const AdamFactors& factors) {
  std::array<float, kPiece> piece;
  for (int64_t row = 0; row < layout.rows; ++row)
    for (int64_t begin = 0; begin < layout.columns; begin += kPiece) {
      const int64_t count = std::min(kPiece, layout.columns - begin), place = row * layout.columns + begin;
      const float* from = g + begin * layout.rows + row;
      for (int64_t i = 0; i < count; ++i) piece[static_cast<size_t>(i)] = from[i * layout.rows];
      move_chunk(w + place, piece.data(), m + place, v + place, count, factors);
    }
}

MELOMINE_WIDE_CLONES double square_chunk(const float* values, int64_t count) {
  constexpr int64_t kLanes = 8;  // independent sums, which the compiler may keep in vector registers
  double lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const double value = values[i + lane];
      lanes[lane] += value * value;
    }
  for (; i < count; ++i) lanes[0] += static_cast<double>(values[i]) * values[i];
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

void adam_kernel(float* weights, const float* gradients, float* first_moment, float* second_moment,
                 const AdamLayout& layout, const AdamFactors& factors, int threads) {
  const int64_t of_block = layout.rows * layout.columns, count = layout.blocks * of_block;
  if (layout.transposed) {
#pragma omp parallel for num_threads(threads) schedule(static) if (count > kChunk)
    for (int64_t block = 0; block < layout.blocks; ++block) {
      const int64_t begin = block * of_block;
      move_block(weights + begin, gradients + begin, first_moment + begin, second_moment + begin, layout,
                 factors);
    }
    return;
  }
  const int64_t chunks = chunks_of(count);
#pragma omp parallel for num_threads(threads) schedule(static) if (chunks > 1)
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const int64_t begin = chunk * kChunk;
    move_chunk(weights + begin, gradients + begin, first_moment + begin, second_moment + begin,
               std::min(kChunk, count - begin), factors);
  }
}

double sum_of_squares(const float* values, int64_t count, int threads) {
  const int64_t chunks = chunks_of(count);
  std::vector<double> sums(static_cast<size_t>(chunks));
#pragma omp parallel for num_threads(threads) schedule(static) if (chunks > 1)
  for (int64_t chunk = 0; chunk < chunks; ++chunk)
    sums[static_cast<size_t>(chunk)] =
        square_chunk(values + chunk * kChunk, std::min(kChunk, count - chunk * kChunk));
  double sum = 0;
  for (const double part : sums) sum += part;
  return sum;
}

}  // namespace melomine::trainer
