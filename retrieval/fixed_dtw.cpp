#include "retrieval/fixed_dtw.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/error.h"
#include "core/simd.h"
#include "retrieval/fixed_product.h"

namespace melomine::retrieval {
namespace {

constexpr float kNoWay = std::numeric_limits<float>::infinity();
/// Steps of the query whose products are made together, before it is seen whether to give up: so many that
/// the reference is read once or twice, and arrives while it is multiplied.
constexpr int64_t kStepsMultiplied = 12;
/// Steps that are warped together.
constexpr int64_t kStepsWarped = 4;
/// Columns before and behind a row where there is no way, so that steps can be taken one column apart.
constexpr int64_t kMargin = kStepsWarped;
constexpr int64_t kLeastLanes = 16;

MELOMINE_WIDE_CLONES void distances(const int32_t* products, int64_t count, float* cost) {
  constexpr float kUnit = 1.0F / (static_cast<float>(kFixedOne) * static_cast<float>(kFixedOne));
  for (int64_t j = 0; j < count; ++j) cost[j] = std::max(1 - static_cast<float>(products[j]) * kUnit, 0.0F);
}

MELOMINE_WIDE_CLONES float least_of(const float* costs, int64_t count) {
  std::array<float, kLeastLanes> least;
  least.fill(kNoWay);
  int64_t j = 0;
  for (; j + kLeastLanes <= count; j += kLeastLanes)
    for (int64_t k = 0; k < kLeastLanes; ++k) {
      float& lane = least[static_cast<size_t>(k)];
      lane = costs[j + k] < lane ? costs[j + k] : lane;
    }
  for (; j < count; ++j) least[0] = std::min(least[0], costs[j]);
  return *std::min_element(least.begin(), least.end());
}

/// A step of the query that does not count: on in both or in the query alone, at no cost.
MELOMINE_WIDE_CLONES void rest_row(const float* before, int64_t count, float* row) {
  for (int64_t j = 0; j < count; ++j) row[j] = before[j - 1] < before[j] ? before[j - 1] : before[j];
}

/// Turns kSteps rows of costs into those of the least sums. Each row is a column behind the one before it, so
/// that none waits for what another has just found.
template <int kSteps>
void warp_rows(const float* before, int64_t count, int64_t stride, float* rows) {
  std::array<float, kSteps> last, diagonal;
  last.fill(kNoWay);
  diagonal.fill(kNoWay);
  diagonal[0] = before[-1];
  for (int64_t j = 0; j < count + kSteps - 1; ++j) {
    for (int k = kSteps - 1; k >= 0; --k) {
      const auto at = static_cast<size_t>(k);
      float& cost = rows[k * stride + j - k];
      const float above = k > 0 ? last[at - 1] : before[j];
      const float query = above < diagonal[at] ? above : diagonal[at];
      diagonal[at] = above;
      last[at] = (last[at] < query ? last[at] : query) + cost;
      cost = last[at];
    }
  }
}

/// One query along one reference. All that follows is [query steps, columns] of the reference's steps.
class FixedDtw {
 public:
  FixedDtw(const FixedQuery& query, FixedView reference, const Similarity& similarity, double give_up_under)
      : query_(query),
        reference_(reference),
        band_(similarity.dtw_band),
        rest_cost_(static_cast<float>(1 + similarity.uncovered_cost)),
        // What is missing of a shorter reference lies before or behind it, but for paths without a band.
        beyond_(band_ == 0 ? 0 : std::max<int64_t>(query.steps() - reference.steps, 0)),
        columns_(reference.steps + 2 * beyond_),
        stride_(columns_ + 2 * kMargin),
        counted_(query.voiced_steps()),
        most_(-give_up_under * counted_) {
    if (similarity.uncovered_cost == 0) return;
    for (int64_t n = 0; n < reference.steps; ++n)
      if (!is_voiced_row(reference.row(n), reference.dim)) rests_.push_back(n);
  }

  SequenceMatch match() {
    SequenceMatch best = band_ == 0 ? along_any() : along_band();
    best.score /= counted_;
    best.lag -= beyond_;
    return best;
  }

 private:
  float* row(int64_t t) { return costs_.data() + t * stride_ + kMargin; }
  bool counts(int64_t t) const { return query_.voiced()[static_cast<size_t>(t)] != 0; }
  bool is_hopeless(float least) const { return static_cast<double>(least) >= most_; }
  static SequenceMatch nothing() { return {.score = -std::numeric_limits<double>::infinity(), .lag = 0}; }

  /// The costs of steps first … end - 1 of the query.
  void take_costs(int64_t first, int64_t end) {
    products_.resize(static_cast<size_t>(kStepsMultiplied * reference_.steps));
    fixed_products({{query_.view().row(first), end - first, query_.dim()},
                    reference_,
                    products_.data(),
                    reference_.steps});
    for (int64_t t = first; t < end; ++t) {
      float* costs = row(t);
      std::fill_n(costs - kMargin, kMargin, kNoWay);
      std::fill_n(costs, beyond_, rest_cost_);
      distances(products_.data() + (t - first) * reference_.steps, reference_.steps, costs + beyond_);
      for (const int64_t n : rests_) costs[beyond_ + n] = rest_cost_;
      std::fill_n(costs + columns_ - beyond_, beyond_, rest_cost_);
      std::fill_n(costs + columns_, kMargin, kNoWay);
    }
  }

  /// DtwRows, with all rows kept, from which the best path's start is traced back.
  SequenceMatch along_any() {
    costs_.resize(static_cast<size_t>(query_.steps() * stride_));
    for (int64_t first = 0; first < query_.steps(); first += kStepsMultiplied) {
      const int64_t end = std::min(first + kStepsMultiplied, query_.steps());
      take_costs(first, end);
      for (int64_t t = first; t < end;) t = warp(t, end);
      if (is_hopeless(least_of(row(end - 1), columns_))) return nothing();
    }
    const float* last = row(query_.steps() - 1);
    const float* best = std::min_element(last, last + columns_);
    return {.score = -static_cast<double>(*best), .lag = start_of(best - last)};
  }

  /// Warps step t and those after it that can go with it; returns the one after those.
  int64_t warp(int64_t t, int64_t end) {
    if (!counts(t)) {
      if (t == 0)
        std::fill_n(row(t), columns_, 0.0F);
      else
        rest_row(row(t - 1), columns_, row(t));
      return t + 1;
    }
    if (t == 0) return 1;  // begins anywhere, at its cost
    int64_t after = t + 1;
    while (after < std::min(end, t + kStepsWarped) && counts(after)) ++after;
    switch (after - t) {
      case 1:
        warp_rows<1>(row(t - 1), columns_, stride_, row(t));
        break;
      case 2:
        warp_rows<2>(row(t - 1), columns_, stride_, row(t));
        break;
      case 3:
        warp_rows<3>(row(t - 1), columns_, stride_, row(t));
        break;
      default:
        warp_rows<4>(row(t - 1), columns_, stride_, row(t));
        break;
    }
    return after;
  }

  /// Of equal ways that which goes on in both, then that which goes on in the query.
  int64_t start_of(int64_t end) {
    int64_t j = end;
    for (int64_t t = query_.steps() - 1; t > 0;) {
      const float diagonal = row(t - 1)[j - 1], query = row(t - 1)[j];
      const float reference = counts(t) ? row(t)[j - 1] : kNoWay;
      if (reference < std::min(diagonal, query)) {
        --j;
        continue;
      }
      if (!(query < diagonal)) --j;
      --t;
    }
    return j;
  }

  /// BandedDtwRows in single precision.
  SequenceMatch along_band();
  void extend_band(int64_t t);
  float* offset(int64_t d) { return band_costs_.data() + (d + band_) * columns_; }

  const FixedQuery& query_;
  const FixedView reference_;
  const int64_t band_;
  const float rest_cost_;
  const int64_t beyond_, columns_, stride_;
  const double counted_;
  const double most_;  ///< what a path's cost must lie below
  std::vector<int64_t> rests_;
  std::vector<int32_t> products_;
  std::vector<float> costs_;       ///< [query steps, stride_], of which those warped hold sums
  std::vector<float> band_costs_;  ///< [2 band_ + 1, columns_] by offset from the diagonal and start
  std::vector<float> no_way_;      ///< [columns_]
};

/// to[i] = min(to[i], query[i], reference[i]) + cost[i]
MELOMINE_WIDE_CLONES void extend_by_cost(const float* query, const float* reference, const float* cost,
                                         int64_t count, float* to) {
  for (int64_t i = 0; i < count; ++i) {
    const float least = query[i] < reference[i] ? query[i] : reference[i];
    to[i] = (to[i] < least ? to[i] : least) + cost[i];
  }
}
/// to[i] = min(to[i], query[i])
MELOMINE_WIDE_CLONES void extend_by_rest(const float* query, int64_t count, float* to) {
  for (int64_t i = 0; i < count; ++i) to[i] = to[i] < query[i] ? to[i] : query[i];
}

void FixedDtw::extend_band(int64_t t) {
  const bool begins = t == 0;
  for (int64_t d = -band_; d <= band_; ++d) {
    const int64_t shift = t + d;
    const int64_t first = std::clamp<int64_t>(-shift, 0, columns_);
    const int64_t count = std::max<int64_t>(std::clamp<int64_t>(columns_ - shift, 0, columns_) - first, 0);
    float* own = offset(d);
    std::fill_n(own, first, kNoWay);
    std::fill(own + first + count, own + columns_, kNoWay);
    const float* query = (d < band_ && !begins ? offset(d + 1) : no_way_.data()) + first;
    const float* reference = (d > -band_ ? offset(d - 1) : no_way_.data()) + first;
    if (counts(t))
      extend_by_cost(query, reference, row(t) + first + shift, count, own + first);
    else
      extend_by_rest(query, count, own + first);
  }
}

SequenceMatch FixedDtw::along_band() {
  costs_.resize(static_cast<size_t>(query_.steps() * stride_));
  band_costs_.assign(static_cast<size_t>((2 * band_ + 1) * columns_), kNoWay);
  no_way_.assign(static_cast<size_t>(columns_), kNoWay);
  std::fill_n(offset(0), columns_, 0.0F);
  for (int64_t first = 0; first < query_.steps(); first += kStepsMultiplied) {
    const int64_t end = std::min(first + kStepsMultiplied, query_.steps());
    take_costs(first, end);
    for (int64_t t = first; t < end; ++t) extend_band(t);
    if (is_hopeless(least_of(band_costs_.data(), static_cast<int64_t>(band_costs_.size())))) return nothing();
  }
  for (int64_t d = 1 - band_; d <= band_; ++d)
    extend_by_rest(offset(d), columns_, offset(-band_));  // the least of each start
  const float* costs = offset(-band_);
  const float* best = std::min_element(costs, costs + columns_);
  return {.score = -static_cast<double>(*best), .lag = best - costs};
}

}  // namespace

SequenceMatch best_dtw(const FixedQuery& query, FixedView reference, const Similarity& similarity,
                       double give_up_under) {
  if (reference.steps < 1 || reference.dim != query.dim())
    throw ShapeError(fmt::format("[fixed dtw] the reference is [{}, {}], the query has {} numbers a step",
                                 reference.steps, reference.dim, query.dim()));
  const SequenceMatch rests{.score = -(1 + similarity.uncovered_cost), .lag = 0};
  if (query.voiced_steps() == 0)
    return rests.score > give_up_under
               ? rests
               : SequenceMatch{.score = -std::numeric_limits<double>::infinity(), .lag = 0};
  return FixedDtw(query, reference, similarity, give_up_under).match();
}

}  // namespace melomine::retrieval
