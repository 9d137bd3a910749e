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

MELOMINE_WIDE_CLONES void add_to(const double* from, int64_t count, double* to) {
  for (int64_t i = 0; i < count; ++i) to[i] += from[i];
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
  // What came before in the query, at the place before and at this one, and in this row at the place before.
  double both = kNoPath, reference = kNoPath;
  int64_t both_start = 0, reference_start = 0;
  for (size_t j = 0; j < cost.size(); ++j) {
    const double query = costs_[j];
    const int64_t query_start = starts_[j];
    double best = both;
    int64_t start = both_start;
    start = query < best ? query_start : start;
    best = query < best ? query : best;
    start = reference < best ? reference_start : start;
    best = reference < best ? reference : best;
    both = query, both_start = query_start;
    costs_[j] = reference = best + cost[j];
    starts_[j] = reference_start = start;
  }
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
    if (d < band_ && !begins) take_less(row(d + 1).data() + first, count, own.data() + first);
    if (cost == nullptr) continue;
    if (d > -band_) take_less(row(d - 1).data() + first, count, own.data() + first);
    add_to(cost + first + shift, count, own.data() + first);
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
