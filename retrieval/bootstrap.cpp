#include "retrieval/bootstrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "core/error.h"
#include "core/random.h"

namespace melomine::retrieval {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
/// Every resample of one item is that item: [x, x] would read as certainty.
constexpr int64_t kFewestItems = 2;

/// Linear interpolation between order statistics. @param sorted  ascending, not empty
double quantile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Estimate without_interval(const Estimate& estimate) {
  return {.mean = estimate.mean, .low = kNone, .high = kNone};
}

}  // namespace

Estimate bootstrap_statistic(int64_t items, const std::function<double(std::span<const int64_t>)>& statistic,
                             const BootstrapOptions& options) {
  if (items < 1) throw ShapeError("[bootstrap] there are no values");
  if (options.resamples < 1)
    throw ConfigError(fmt::format("[bootstrap] resamples must be > 0, got {}", options.resamples));
  if (!(options.confidence > 0 && options.confidence < 1))
    throw ConfigError(fmt::format("[bootstrap] confidence must be in (0, 1), got {}", options.confidence));
  std::vector<int64_t> drawn(static_cast<size_t>(items));
  std::iota(drawn.begin(), drawn.end(), int64_t{0});
  Estimate estimate{.mean = statistic(drawn), .low = kNone, .high = kNone};
  if (items < kFewestItems) return estimate;
  const RandomStream random({options.seed, stream_id("bootstrap")});
  std::vector<double> resampled;
  for (int64_t resample = 0; resample < options.resamples; ++resample) {
    RandomStream draws = random.child(static_cast<uint64_t>(resample));
    for (int64_t& item : drawn) item = draws.integer(items);
    const double value = statistic(drawn);
    if (!std::isnan(value)) resampled.push_back(value);
  }
  if (resampled.empty()) return estimate;
  std::sort(resampled.begin(), resampled.end());
  const double tail = 0.5 * (1 - options.confidence);
  estimate.low = quantile(resampled, tail);
  estimate.high = quantile(resampled, 1 - tail);
  return estimate;
}

Estimate bootstrap_mean(std::span<const double> values, const BootstrapOptions& options) {
  const auto count = static_cast<int64_t>(values.size());
  const auto mean = [&](std::span<const int64_t> drawn) {
    double sum = 0;
    for (const int64_t item : drawn) sum += values[static_cast<size_t>(item)];
    return sum / static_cast<double>(count);
  };
  return bootstrap_statistic(count, mean, options);
}

Estimate bootstrap_ratio(std::span<const double> hits, std::span<const double> of,
                         const BootstrapOptions& options) {
  if (hits.size() != of.size())
    throw ShapeError(fmt::format("[bootstrap] {} values against {}", hits.size(), of.size()));
  const auto ratio = [&](std::span<const int64_t> drawn) {
    double sum_hits = 0, sum_of = 0;
    for (const int64_t cluster : drawn) {
      sum_hits += hits[static_cast<size_t>(cluster)];
      sum_of += of[static_cast<size_t>(cluster)];
    }
    return sum_of == 0 ? kNone : sum_hits / sum_of;
  };
  const Estimate estimate = bootstrap_statistic(static_cast<int64_t>(of.size()), ratio, options);
  const auto counted = std::count_if(of.begin(), of.end(), [](double chances) { return chances != 0; });
  return counted < kFewestItems ? without_interval(estimate) : estimate;
}

Estimate bootstrap_clustered_mean(std::span<const double> values, std::span<const int64_t> clusters,
                                  const BootstrapOptions& options) {
  if (values.size() != clusters.size())
    throw ShapeError(fmt::format("[bootstrap] {} values in clusters of {}", values.size(), clusters.size()));
  std::vector<double> sums, counts;
  for (size_t i = 0; i < values.size(); ++i) {
    if (clusters[i] < 0) throw ShapeError(fmt::format("[bootstrap] a cluster's number is {}", clusters[i]));
    const auto cluster = static_cast<size_t>(clusters[i]);
    if (cluster >= sums.size()) sums.resize(cluster + 1), counts.resize(cluster + 1);
    sums[cluster] += values[i];
    counts[cluster] += 1;
  }
  return bootstrap_ratio(sums, counts, options);
}

std::vector<int64_t> clusters_of(std::span<const std::string> names) {
  std::map<std::string, int64_t> numbers;
  std::vector<int64_t> clusters;
  for (const std::string& name : names)
    clusters.push_back(numbers.emplace(name, static_cast<int64_t>(numbers.size())).first->second);
  return clusters;
}

Estimate bootstrap_quantile(std::vector<ClusteredValue> values, int64_t clusters, double share,
                            const BootstrapOptions& options) {
  std::sort(values.begin(), values.end(),
            [](const ClusteredValue& a, const ClusteredValue& b) { return a.value < b.value; });
  std::vector<int64_t> times(static_cast<size_t>(std::max<int64_t>(clusters, 0)));
  const auto statistic = [&](std::span<const int64_t> drawn) {
    std::fill(times.begin(), times.end(), 0);
    for (const int64_t cluster : drawn) ++times[static_cast<size_t>(cluster)];
    int64_t count = 0;
    for (const ClusteredValue& v : values) count += times[static_cast<size_t>(v.cluster)];
    if (count == 0) return kNone;
    // Order statistics of the resample without making it: sorting it every time would take 20 times as long.
    const double position = share * static_cast<double>(count - 1);
    const auto below = static_cast<int64_t>(position);
    const int64_t above = std::min(below + 1, count - 1);
    double value_below = kNone;
    int64_t seen = 0;
    for (const ClusteredValue& v : values) {
      const int64_t end = seen + times[static_cast<size_t>(v.cluster)];
      if (seen <= below && below < end) value_below = v.value;
      if (above < end) return value_below + (position - static_cast<double>(below)) * (v.value - value_below);
      seen = end;
    }
    return kNone;
  };
  const Estimate estimate = bootstrap_statistic(clusters, statistic, options);
  std::set<int64_t> counted;
  for (const ClusteredValue& v : values) counted.insert(v.cluster);
  return static_cast<int64_t>(counted.size()) < kFewestItems ? without_interval(estimate) : estimate;
}

}  // namespace melomine::retrieval
