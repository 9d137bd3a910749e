#include "retrieval/dtw.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "core/simd.h"

namespace melomine::retrieval {
namespace {

constexpr double kNoPath = std::numeric_limits<double>::infinity();

void check_steps(int64_t reference_steps) {
  if (reference_steps < 1) throw ShapeError("[dtw] the reference is empty");
}

void check_row(std::span<const double> cost, int64_t reference_steps) {
  if (static_cast<int64_t>(cost.size()) != reference_steps)
    throw ShapeError(fmt::format("[dtw] {} costs for a reference of {} steps", cost.size(), reference_steps));
}

/// to[i] = min(to[i], from[i])
MELOMINE_WIDE_CLONES void take_less(const double* from, int64_t count, double* to) {
  for (int64_t i = 0; i < count; ++i) to[i] = std::min(to[i], from[i]);
}

/// to[i] = min(to[i], query[i], reference[i]) + cost[i]
MELOMINE_WIDE_CLONES void take_least_and_add(const double* query, const double* reference, const double* cost,
                                             int64_t count, double* to) {
  for (int64_t i = 0; i < count; ++i) to[i] = std::min(to[i], std::min(query[i], reference[i])) + cost[i];
}

/// The less of what a row has at the place before and at each place, with its start; of equals that before.
MELOMINE_WIDE_CLONES void less_of_row(const double* cost, const int64_t* start, int64_t count, double* less,
                                      int64_t* less_start) {
  less[0] = cost[0];
  less_start[0] = start[0];
  for (int64_t j = 1; j < count; ++j) {
    const bool here = cost[j] < cost[j - 1];
    less[j] = here ? cost[j] : cost[j - 1];
    less_start[j] = here ? start[j] : start[j - 1];
  }
}

/// The less of that and of what this row has at the place before, and the cost of the place itself.
void along_row(const double* cost, const double* before, const int64_t* before_start, int64_t count,
               double* costs, int64_t* starts) {
  double last = kNoPath;
  int64_t last_start = 0;
  for (int64_t j = 0; j < count; ++j) {
    last_start = last < before[j] ? last_start : before_start[j];
    last = std::min(before[j], last) + cost[j];
    costs[j] = last;
    starts[j] = last_start;
  }
}

}  // namespace

DtwRows::DtwRows(int64_t reference_steps, DtwEnds ends) : ends_(ends) {
  check_steps(reference_steps);
  costs_.assign(static_cast<size_t>(reference_steps), kNoPath);
  starts_.assign(static_cast<size_t>(reference_steps), 0);
}

void DtwRows::add(std::span<const double> cost) {
  check_row(cost, static_cast<int64_t>(costs_.size()));
  if (!is_begun_) {
    is_begun_ = true;
    if (ends_ == DtwEnds::kSubsequence) {
      std::copy(cost.begin(), cost.end(), costs_.begin());
      std::iota(starts_.begin(), starts_.end(), int64_t{0});
    } else {
      std::partial_sum(cost.begin(), cost.end(), costs_.begin());
    }
    return;
  }
  before_.resize(cost.size());
  before_starts_.resize(cost.size());
  less_of_row(costs_.data(), starts_.data(), static_cast<int64_t>(cost.size()), before_.data(),
              before_starts_.data());
  along_row(cost.data(), before_.data(), before_starts_.data(), static_cast<int64_t>(cost.size()),
            costs_.data(), starts_.data());
}

void DtwRows::add_rest() {
  if (!is_begun_) {
    is_begun_ = true;
    costs_.front() = 0;
    if (ends_ == DtwEnds::kWhole) return;
    std::fill(costs_.begin(), costs_.end(), 0.0);
    std::iota(starts_.begin(), starts_.end(), int64_t{0});
    return;
  }
  for (size_t j = costs_.size(); --j > 0;) {
    if (costs_[j] < costs_[j - 1]) continue;
    costs_[j] = costs_[j - 1];
    starts_[j] = starts_[j - 1];
  }
}

SequenceMatch DtwRows::best() const {
  const auto end =
      ends_ == DtwEnds::kWhole ? std::prev(costs_.end()) : std::min_element(costs_.begin(), costs_.end());
  return {.score = -*end, .lag = starts_[static_cast<size_t>(end - costs_.begin())]};
}

BandedDtwRows::BandedDtwRows(int64_t reference_steps, int64_t band) : steps_(reference_steps), band_(band) {
  check_steps(reference_steps);
  if (band < 1) throw ShapeError(fmt::format("[dtw] a band of {} steps", band));
  costs_.assign(static_cast<size_t>(2 * band + 1),
                std::vector<double>(static_cast<size_t>(reference_steps), kNoPath));
  no_path_ = costs_.front();
}

void BandedDtwRows::add(std::span<const double> cost) {
  check_row(cost, steps_);
  extend_rows(cost.data());
}

void BandedDtwRows::add_rest() {
  extend_rows(nullptr);
}

/// The row of offset d holds, for each start, the cost at reference step start + query step + d. Going on in
/// both keeps the offset, in the query alone lowers it and in the reference alone raises it by one.
void BandedDtwRows::extend_rows(const double* cost) {
  const bool begins = query_step_ == 0;
  if (begins) std::fill(row(0).begin(), row(0).end(), 0.0);
  for (int64_t d = -band_; d <= band_; ++d) {
    const int64_t shift = query_step_ + d;
    const int64_t first = std::clamp<int64_t>(-shift, 0, steps_);
    const int64_t count = std::max<int64_t>(std::clamp<int64_t>(steps_ - shift, 0, steps_) - first, 0);
    std::vector<double>& own = row(d);
    std::fill_n(own.begin(), first, kNoPath);
    std::fill(own.begin() + first + count, own.end(), kNoPath);
    // At an end of the band, and in the first row, there is nothing to come from.
    const double* query = (d < band_ && !begins ? row(d + 1) : no_path_).data() + first;
    const double* reference = (d > -band_ ? row(d - 1) : no_path_).data() + first;
    if (cost == nullptr)
      take_less(query, count, own.data() + first);
    else
      take_least_and_add(query, reference, cost + first + shift, count, own.data() + first);
  }
  ++query_step_;
}

SequenceMatch BandedDtwRows::best() const {
  SequenceMatch best{.score = -kNoPath, .lag = 0};
  for (int64_t start = 0; start < steps_; ++start) {
    double cost = kNoPath;
    for (const std::vector<double>& own : costs_) cost = std::min(cost, own[static_cast<size_t>(start)]);
    if (-cost > best.score) best = {.score = -cost, .lag = start};
  }
  return best;
}

}  // namespace melomine::retrieval
