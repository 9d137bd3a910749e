#pragma once

#include <cstdint>

namespace melomine::trainer {

/// Adam's numbers for one step of one parameter, bias corrections included.
struct AdamFactors {
  float gradient_scale;  ///< the gradient counts this many times (clipping)
  float weight_decay;    ///< L2, added to the gradient
  float beta1, beta2;
  float one_minus_beta1, one_minus_beta2;  ///< rounded from double: 1 - 0.999f is off in the fifth digit
  float epsilon;
  float step_size;                  ///< learning rate / (1 - beta1^step)
  float root_of_second_correction;  ///< sqrt(1 - beta2^step)
};

/// How a parameter lies in memory, and its moments with it: [blocks, rows, columns].
struct AdamLayout {
  int64_t blocks = 1, rows = 1, columns = 0;
  bool transposed = false;  ///< the gradient lies as [blocks, columns, rows]
};

/// Moves weights and both of their moments in one pass over memory, on `threads` threads; the result
/// depends neither on their number nor on the gradient's layout. Kingma and Ba 2015, algorithm 1.
void adam_kernel(float* weights, const float* gradients, float* first_moment, float* second_moment,
                 const AdamLayout& layout, const AdamFactors& factors, int threads);

/// Sum of squares in double precision; does not depend on the number of threads.
double sum_of_squares(const float* values, int64_t count, int threads);

}  // namespace melomine::trainer
