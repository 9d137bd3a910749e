#include "retrieval/fixed_sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "retrieval/fixed_product.h"

namespace melomine::retrieval {
namespace {

/// Of one row, what of it is in each lane.
using LaneNorms = std::array<double, kFixedLanes>;

LaneNorms lane_norms(const int16_t* row, int64_t dim) {
  LaneNorms norms{};
  for (int64_t d = 0; d < dim; ++d) {
    const double value = row[d];
    norms[static_cast<size_t>(fixed_lane(d))] += value * value;
  }
  for (double& norm : norms) norm = std::sqrt(norm);
  return norms;
}

/// Of rows of one value in each lane nothing more could be gained.
constexpr int64_t kLongestGroup = 16;

}  // namespace

void to_fixed(SequenceView<float> rows, int16_t* out) {
  for (int64_t t = 0; t < rows.steps; ++t) {
    const float* row = rows.values + t * rows.dim;
    int16_t* fixed = out + t * rows.dim;
    if (rows.voiced != nullptr && rows.voiced[t] == 0) {
      std::fill_n(fixed, rows.dim, int16_t{0});
      continue;
    }
    double square = 0;
    for (int64_t d = 0; d < rows.dim; ++d) square += static_cast<double>(row[d]) * row[d];
    const double norm = std::sqrt(square);
    if (!std::isfinite(norm)) throw DataError(fmt::format("[fixed point] row {} is not finite", t));
    if (norm > 1 + kNormSlack)
      throw DataError(fmt::format("[fixed point] row {} has a norm of {:.4g}, above 1", t, norm));
    const double scale = kFixedOne / std::max(norm, 1.0);
    for (int64_t d = 0; d < rows.dim; ++d) {
      const auto value = std::lround(static_cast<double>(row[d]) * scale);
      fixed[d] = static_cast<int16_t>(std::clamp<long>(value, -kFixedOne, kFixedOne));
    }
  }
}

std::vector<float> from_fixed(FixedView rows) {
  std::vector<float> values(static_cast<size_t>(rows.steps * rows.dim));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(rows.values[i]) / static_cast<float>(kFixedOne);
  return values;
}

FixedQuery::FixedQuery(SequenceView<float> query) : steps_(query.steps), dim_(query.dim) {
  if (steps_ < 1 || dim_ < 1)
    throw ShapeError(fmt::format("[fixed point] a query of [{}, {}] is empty", steps_, dim_));
  constexpr size_t kBlock = std::size(Block{}.values);
  blocks_.resize((static_cast<size_t>(steps_ * dim_) + kBlock - 1) / kBlock);
  to_fixed(query, reinterpret_cast<int16_t*>(blocks_.data()));
  sums_.resize(static_cast<size_t>(steps_));
  squares_.resize(static_cast<size_t>(steps_));
  fixed_row_sums(view(), sums_.data(), squares_.data());
  for (const double square : squares_) voiced_.push_back(square > 0 ? 1 : 0);
  voiced_steps_ = std::accumulate(voiced_.begin(), voiced_.end(), 0.0);
  find_groups();
}

void FixedQuery::find_groups() {
  // The largest norm of a row of a reference, its values rounded.
  const double norm = kFixedOne * (1 + kNormSlack) + 0.5 * std::sqrt(static_cast<double>(dim_));
  const double most = std::numeric_limits<int32_t>::max() / norm;
  std::vector<LaneNorms> norms;
  for (int64_t t = 0; t < steps_; ++t) norms.push_back(lane_norms(view().row(t), dim_));
  const auto fits = [&](int64_t first, int64_t end) {
    LaneNorms sums{};
    for (int64_t t = first; t < end; ++t)
      for (size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += norms[static_cast<size_t>(t)][lane];
    return end - first <= 1 || *std::max_element(sums.begin(), sums.end()) <= most;
  };
  // As few as there can be of one length, all but for a step.
  for (int64_t count = (steps_ + kLongestGroup - 1) / kLongestGroup; count <= steps_; ++count) {
    group_ends_.clear();
    int64_t first = 0;
    for (int64_t i = 1; i <= count; ++i) {
      const int64_t end = i * steps_ / count;
      if (!fits(first, end)) break;
      group_ends_.push_back(end);
      first = end;
    }
    if (first == steps_) return;
  }
}

}  // namespace melomine::retrieval
