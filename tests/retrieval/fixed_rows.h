#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/random.h"
#include "retrieval/fixed_sequence.h"

namespace melomine::retrieval {

/// Random rows of unit norm, of which about a share of `rests` are rests. Neighbours are alike, as those of
/// overlapping windows are.
inline FingerprintSequence unit_sequence(int64_t steps, int64_t dim, uint64_t seed, double rests = 0) {
  RandomStream random({seed, static_cast<uint64_t>(steps)});
  FingerprintSequence z{steps, dim, 0.25, 0, {}};
  std::vector<double> row(static_cast<size_t>(dim));
  for (int64_t t = 0; t < steps; ++t) {
    double square = 0;
    for (double& value : row) {
      value = 0.6 * value + random.normal(0.3);
      square += value * value;
    }
    const bool is_rest = rests > 0 && random.uniform() < rests;
    if (rests > 0) z.voiced.push_back(is_rest ? 0 : 1);
    for (const double value : row)
      z.values.push_back(is_rest ? 0.0F : static_cast<float>(value / std::sqrt(square)));
  }
  return z;
}

/// A fixed sequence and the memory that it lies in.
struct FixedRows {
  std::vector<int16_t> values;
  int64_t steps, dim;

  explicit FixedRows(const FingerprintSequence& z)
      : values(static_cast<size_t>(z.steps * z.dim)), steps(z.steps), dim(z.dim) {
    to_fixed(view(z), values.data());
  }
  FixedView rows() const { return {values.data(), steps, dim}; }
};

}  // namespace melomine::retrieval
