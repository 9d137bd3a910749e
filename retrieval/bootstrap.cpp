#include "retrieval/bootstrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/error.h"
#include "core/random.h"

namespace melomine::retrieval {
namespace {

/// Linear interpolation between order statistics. @param sorted  ascending, not empty
double quantile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Estimate bootstrap_mean(std::span<const double> values, const BootstrapOptions& options) {
  if (values.empty()) throw ShapeError("[bootstrap] there are no values");
  if (options.resamples < 1)
    throw ConfigError(fmt::format("[bootstrap] resamples must be > 0, got {}", options.resamples));
  if (!(options.confidence > 0 && options.confidence < 1))
    throw ConfigError(fmt::format("[bootstrap] confidence must be in (0, 1), got {}", options.confidence));
  const auto count = static_cast<int64_t>(values.size());
  const RandomStream random({options.seed, stream_id("bootstrap")});
  std::vector<double> means;
  for (int64_t resample = 0; resample < options.resamples; ++resample) {
    RandomStream draws = random.child(static_cast<uint64_t>(resample));
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += values[static_cast<size_t>(draws.integer(count))];
    means.push_back(sum / static_cast<double>(count));
  }
  std::sort(means.begin(), means.end());
  const double tail = 0.5 * (1 - options.confidence);
  return {.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(count),
          .low = quantile(means, tail),
          .high = quantile(means, 1 - tail)};
}

Estimate bootstrap_difference(std::span<const double> a, std::span<const double> b,
                              const BootstrapOptions& options) {
  if (a.size() != b.size())
    throw ShapeError(fmt::format("[bootstrap] {} values against {}", a.size(), b.size()));
  std::vector<double> differences;
  for (size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
  return bootstrap_mean(differences, options);
}

}  // namespace melomine::retrieval
