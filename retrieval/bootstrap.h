#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace melomine::retrieval {

struct BootstrapOptions {
  int64_t resamples = 2000;
  double confidence = 0.95;  ///< in (0, 1)
  uint64_t seed = 0;
};

/// A mean over queries (or another statistic of a sample) and its interval.
struct Estimate {
  double mean = 0;
  double low = 0, high = 0;  ///< percentile bootstrap interval; NaN where fewer than two items are resampled
};

/// Mean of `values` with the percentile interval of the bootstrap over its items (Efron 1979). The same
/// options and number of values draw the same resamples, whatever the values.
/// @param values  [queries], at least one
/// @throws ShapeError for no values, ConfigError for options out of range
Estimate bootstrap_mean(std::span<const double> values, const BootstrapOptions& options = {});

/// Any statistic of items that are resampled. Percentile interval; the same options and number of items draw
/// the same resamples as the functions above. Resamples where the statistic is NaN are left out; where all
/// are, so is the interval. One item has none.
/// @param items      number of items, at least one
/// @param statistic  of the items drawn, as indices (repeats included); called once with each index once
/// @throws ShapeError for no items, ConfigError for options out of range
Estimate bootstrap_statistic(int64_t items, const std::function<double(std::span<const int64_t>)>& statistic,
                             const BootstrapOptions& options = {});

/// Ratio of sums over clusters: Σ hits / Σ of, the clusters resampled because what lies in one stands or
/// falls together. NaN where Σ of is 0; without an interval where fewer than two clusters have an `of`.
/// @param hits, of  [clusters], of equal length; a cluster may have 0 of 0
Estimate bootstrap_ratio(std::span<const double> hits, std::span<const double> of,
                         const BootstrapOptions& options = {});

/// Mean of `values`, their clusters resampled as wholes (Field and Welsh 2007): hums of one song are no
/// independent draws. Few clusters give an interval that is too narrow, and one gives none.
/// @param clusters  [values] number of each value's cluster, from 0 on without gaps
/// @throws ShapeError where the sizes differ or a number is negative
Estimate bootstrap_clustered_mean(std::span<const double> values, std::span<const int64_t> clusters,
                                  const BootstrapOptions& options = {});

/// [names] the number of each one's cluster: equal names are one, numbered as they first appear.
std::vector<int64_t> clusters_of(std::span<const std::string> names);

/// A value and the cluster that it belongs to.
struct ClusteredValue {
  int64_t cluster = 0;  ///< in [0, clusters)
  double value = 0;
};

/// Quantile of the values of all clusters together (linear between order statistics), the clusters resampled.
/// NaN without values; without an interval where fewer than two clusters have values.
/// @param share  in [0, 1]: 0.5 is the median
Estimate bootstrap_quantile(std::vector<ClusteredValue> values, int64_t clusters, double share,
                            const BootstrapOptions& options = {});

}  // namespace melomine::retrieval
