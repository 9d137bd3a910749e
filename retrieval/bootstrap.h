#pragma once

#include <cstdint>
#include <span>

namespace melomine::retrieval {

struct BootstrapOptions {
  int64_t resamples = 2000;
  double confidence = 0.95;  ///< in (0, 1)
  uint64_t seed = 0;
};

/// A mean over queries and its interval.
struct Estimate {
  double mean = 0;
  double low = 0, high = 0;  ///< percentile bootstrap interval
};

/// Mean of `values` with the percentile interval of the bootstrap over its items (Efron 1979). The same
/// options and number of values draw the same resamples, whatever the values.
/// @param values  [queries], at least one
/// @throws ShapeError for no values, ConfigError for options out of range
Estimate bootstrap_mean(std::span<const double> values, const BootstrapOptions& options = {});

/// Mean of a - b, resampled in pairs: the difference of two systems on the same queries.
/// @throws ShapeError where the sizes differ
Estimate bootstrap_difference(std::span<const double> a, std::span<const double> b,
                              const BootstrapOptions& options = {});

}  // namespace melomine::retrieval
