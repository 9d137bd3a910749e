#include "retrieval/centring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace melomine::retrieval {
namespace {

/// Squared length, of a vector that was of length 1, below which it is rounding.
constexpr double kNothing = 1e-12;

}  // namespace

std::vector<double> mean_fingerprint(std::span<const FingerprintSequence> sequences) {
  std::vector<double> mean(sequences.empty() ? 0 : static_cast<size_t>(sequences[0].dim));
  int64_t steps = 0;
  for (const FingerprintSequence& z : sequences) {
    if (static_cast<size_t>(z.dim) != mean.size())
      throw ShapeError(
          fmt::format("[centring] fingerprints of {} numbers beside fingerprints of {}", z.dim, mean.size()));
    for (size_t i = 0; i < z.values.size(); ++i) mean[i % mean.size()] += z.values[i];
    steps += z.voiced.empty() ? z.steps : std::count(z.voiced.begin(), z.voiced.end(), uint8_t{1});
  }
  if (steps > 0)
    for (double& value : mean) value /= static_cast<double>(steps);
  return mean;
}

void subtract_mean(FingerprintSequence& z, std::span<const double> mean) {
  if (static_cast<size_t>(z.dim) != mean.size())
    throw ShapeError(
        fmt::format("[centring] a mean of {} numbers for fingerprints of {}", mean.size(), z.dim));
  for (int64_t t = 0; t < z.steps; ++t) {
    if (!z.voiced.empty() && z.voiced[static_cast<size_t>(t)] == 0) continue;
    float* const row = z.values.data() + t * z.dim;
    double square = 0;
    for (size_t d = 0; d < mean.size(); ++d) square += (row[d] - mean[d]) * (row[d] - mean[d]);
    const double scale = square > kNothing ? 1 / std::sqrt(square) : 0;
    for (size_t d = 0; d < mean.size(); ++d) row[d] = static_cast<float>((row[d] - mean[d]) * scale);
  }
}

void subtract_own_mean(FingerprintSequence& z) {
  subtract_mean(z, mean_fingerprint({&z, 1}));
}

}  // namespace melomine::retrieval
