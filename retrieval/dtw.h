#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "retrieval/sequence_match.h"

namespace melomine::retrieval {

/// Where a warping path may begin and end in the reference. It begins at the query's first step and ends at
/// its last in any case.
enum class DtwEnds {
  kSubsequence,  ///< anywhere
  kWhole,        ///< at the first step and at the last
};

/// Dynamic time warping of a query along a reference (Müller 2015, ch. 3.2 and 7.2): a path goes on in both,
/// in the query alone or in the reference alone, each by one step and of equal weight, and costs the sum of
/// what it meets. Rows of costs are given one by one, so that no matrix need be held; each place carries the
/// start of its best path along, so that none need be traced back.
class DtwRows {
 public:
  /// @param reference_steps  columns, at least one
  explicit DtwRows(int64_t reference_steps, DtwEnds ends = DtwEnds::kSubsequence);

  /// The next step of the query. @param cost  [reference_steps] of meeting each step of the reference
  void add(std::span<const double> cost);
  /// A step of the query that counts for nothing: a path goes on in both or in the query alone, at no cost.
  void add_rest();
  /// [reference_steps] the least cost of the query so far, if it ends there.
  std::span<const double> costs() const { return costs_; }
  /// [reference_steps] where the path of that cost begins; of equal ones that which goes on in both, then
  /// that which goes on in the query.
  std::span<const int64_t> starts() const { return starts_; }
  /// The cheapest end, the first of equals: the negative cost, and the start as its lag.
  SequenceMatch best() const;

 private:
  DtwEnds ends_;
  bool is_begun_ = false;
  std::vector<double> costs_, before_;  ///< [reference_steps]; before_ is scratch
  std::vector<int64_t> starts_, before_starts_;
};

/// The same where no place of a path may lie more than `band` steps off the diagonal through its start: query
/// step i meets reference steps start + i - band … start + i + band (Sakoe and Chiba 1978). Each start has a
/// band of its own, so this is the least cost over all starts, not that of one path that was kept.
class BandedDtwRows {
 public:
  /// @param band  steps, at least one
  BandedDtwRows(int64_t reference_steps, int64_t band);

  /// As DtwRows has them.
  void add(std::span<const double> cost);
  void add_rest();
  /// The cheapest start, the first of equals, as DtwRows::best; minus infinity where the reference is too
  /// short for any.
  SequenceMatch best() const;

 private:
  std::vector<double>& row(int64_t offset) { return costs_[static_cast<size_t>(offset + band_)]; }
  /// @param cost  null: a rest
  void extend_rows(const double* cost);

  int64_t steps_, band_, query_step_ = 0;
  std::vector<std::vector<double>> costs_;  ///< [2 band + 1, starts] by offset from the diagonal
  std::vector<double> no_path_;             ///< [starts] where nothing leads to
};

}  // namespace melomine::retrieval
