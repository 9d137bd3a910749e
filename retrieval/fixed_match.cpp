#include "retrieval/fixed_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

#include "core/error.h"
#include "core/simd.h"
#include "retrieval/fixed_product.h"

namespace melomine::retrieval {
namespace {

/// Places whose rows are summed, and asked of memory, before they are multiplied.
constexpr int64_t kPlacesAtOnce = 32;
constexpr LagSpan kFirstPlaces{0, kPlacesAtOnce};
/// Places whose sums stay in registers.
constexpr int64_t kPlaceLanes = 16;
/// Below every product: what a query finds on a rest.
constexpr int32_t kNothing = std::numeric_limits<int32_t>::min();

/// out[i] = Σ_t a[t] b[t + i] for i < count, of whole numbers: exact.
MELOMINE_WIDE_CLONES void slide_whole(const double* a, int64_t steps, const double* b, int64_t count,
                                      double* out) {
  int64_t i = 0;
  for (; i + kPlaceLanes <= count; i += kPlaceLanes) {
    std::array<double, kPlaceLanes> part{};
    for (int64_t t = 0; t < steps; ++t)
      for (int64_t j = 0; j < kPlaceLanes; ++j) part[static_cast<size_t>(j)] += a[t] * b[t + i + j];
    for (int64_t j = 0; j < kPlaceLanes; ++j) out[i + j] = part[static_cast<size_t>(j)];
  }
  for (; i < count; ++i) {
    out[i] = 0;
    for (int64_t t = 0; t < steps; ++t) out[i] += a[t] * b[t + i];
  }
}

/// sums[i] += the highest of products[i … i + 2 drift], where the step in the middle is no rest.
MELOMINE_WIDE_CLONES void add_highest(const int32_t* products, int64_t drift, int64_t count, int32_t* highest,
                                      int64_t* sums) {
  for (int64_t i = 0; i < count; ++i) highest[i] = products[i];
  for (int64_t s = 1; s <= 2 * drift; ++s)
    for (int64_t i = 0; i < count; ++i) highest[i] = std::max(highest[i], products[i + s]);
  for (int64_t i = 0; i < count; ++i) sums[i] += products[i + drift] == kNothing ? 0 : highest[i];
}

/// Of steps, what similarities need beside products, in units of fixed point.
struct StepSums {
  const double *sum, *square, *voiced;
};

/// Of the stretches that meet at each of some places.
struct PlaceSums {
  std::vector<double> common;  ///< steps that count in both
  std::vector<double> sum_shorter, sum_longer, square_shorter, square_longer;
};

/// Whole sums of a window that moves on by a step.
void window_sums(const double* values, int64_t window, int64_t count, std::vector<double>& out) {
  out.resize(static_cast<size_t>(count));
  double sum = 0;
  for (int64_t t = 0; t < window; ++t) sum += values[t];
  for (int64_t i = 0; i < count; ++i) {
    out[static_cast<size_t>(i)] = sum;
    if (i + 1 < count) sum += values[i + window] - values[i];
  }
}

bool rests_among(const double* voiced, int64_t steps) {
  return std::find(voiced, voiced + steps, 0.0) != voiced + steps;
}

/// @param longer  of the first place's first step on
PlaceSums sums_at_places(const StepSums& shorter, int64_t steps, const StepSums& longer, int64_t count,
                         Correlation kind) {
  PlaceSums sums;
  const bool is_masked = rests_among(shorter.voiced, steps) || rests_among(longer.voiced, steps + count - 1);
  const auto slide = [&](const double* a, const double* b, std::vector<double>& out) {
    out.resize(static_cast<size_t>(count));
    slide_whole(a, steps, b, count, out.data());
  };
  const auto fill = [&](const double* values, std::vector<double>& out) {
    double sum = 0;
    for (int64_t t = 0; t < steps; ++t) sum += values[t];
    out.assign(static_cast<size_t>(count), sum);
  };
  if (is_masked)
    slide(shorter.voiced, longer.voiced, sums.common);
  else
    sums.common.assign(static_cast<size_t>(count), static_cast<double>(steps));
  if (kind != Correlation::kPearson) return sums;
  if (is_masked) {
    slide(shorter.sum, longer.voiced, sums.sum_shorter);
    slide(shorter.voiced, longer.sum, sums.sum_longer);
    slide(shorter.square, longer.voiced, sums.square_shorter);
    slide(shorter.voiced, longer.square, sums.square_longer);
  } else {
    fill(shorter.sum, sums.sum_shorter);
    window_sums(longer.sum, steps, count, sums.sum_longer);
    fill(shorter.square, sums.square_shorter);
    window_sums(longer.square, steps, count, sums.square_longer);
  }
  return sums;
}

/// One query against one reference, at ranges of places: of the shorter in the longer.
class FixedMatch {
 public:
  FixedMatch(const FixedQuery& query, FixedView reference, const Similarity& similarity)
      : query_(query),
        reference_(reference),
        similarity_(similarity),
        lags_(lag_range(query.steps(), reference.steps)) {}

  const LagRange& lags() const { return lags_; }

  /// The similarity at places first … last - 1.
  void score(int64_t first, int64_t last, std::vector<double>& scores) {
    const bool inside = lags_.step > 0;
    const int64_t count = last - first, rows = inside ? count + query_.steps() - 1 : reference_.steps;
    products_.assign(static_cast<size_t>(count), 0);
    sums_.resize(static_cast<size_t>(rows));
    squares_.resize(similarity_.correlation == Correlation::kPearson ? static_cast<size_t>(rows) : 0);
    voiced_.resize(static_cast<size_t>(rows));
    summed_ = 0;
    if (inside && similarity_.drift_steps == 0) {
      for (int64_t i = 0; i < count; i += kPlacesAtOnce) slide(first, i, std::min(i + kPlacesAtOnce, count));
    } else {
      if (inside)
        drift_along(first, count);
      else
        slide_reference(first, count);
      sum_rows(inside ? first : 0, rows);
    }
    finish(first, count, scores);
  }

 private:
  /// What is needed of the reference's rows from `first` on, up to the `end`th of them.
  void sum_rows(int64_t first, int64_t end) {
    const int16_t* rows = reference_.row(first);
    if (similarity_.correlation == Correlation::kPearson)
      fixed_row_sums({rows + summed_ * reference_.dim, end - summed_, reference_.dim}, sums_.data() + summed_,
                     squares_.data() + summed_);
    for (; summed_ < end; ++summed_) {
      const auto n = static_cast<size_t>(summed_);
      const bool counts = similarity_.correlation == Correlation::kPearson
                              ? squares_[n] > 0
                              : is_voiced_row(rows + summed_ * reference_.dim, reference_.dim);
      voiced_[n] = counts ? 1 : 0;
    }
  }

  void slide(int64_t first, int64_t from, int64_t to) {
    sum_rows(first, to + query_.steps() - 1);
    fixed_slide({query_.view(), reference_.row(first + from), to - from, query_.group_ends(),
                 products_.data() + from});
  }

  /// Each step of the query with those of the reference about its own.
  void drift_along(int64_t first, int64_t count) {
    const int64_t drift = similarity_.drift_steps, columns = count + query_.steps() - 1;
    const int64_t from = std::max<int64_t>(first - drift, 0),
                  to = std::min(first + columns + drift, reference_.steps);
    // Beyond the reference's ends there is nothing, as on its rests.
    const int64_t width = columns + 2 * drift, lead = from - (first - drift);
    matrix_.assign(static_cast<size_t>(query_.steps() * width), kNothing);
    fixed_products(
        {query_.view(), {reference_.row(from), to - from, reference_.dim}, matrix_.data() + lead, width});
    silence_rests(from, to, lead, width);
    highest_.resize(static_cast<size_t>(count));
    for (int64_t t = 0; t < query_.steps(); ++t)
      add_highest(matrix_.data() + t * width + t, drift, count, highest_.data(), products_.data());
  }

  /// Each place of a shorter reference in the query.
  void slide_reference(int64_t first, int64_t count) {
    const int64_t drift = similarity_.drift_steps, columns = reference_.steps, width = columns + 2 * drift;
    matrix_.assign(static_cast<size_t>(query_.steps() * width), kNothing);
    fixed_products({query_.view(), reference_, matrix_.data() + drift, width});
    silence_rests(0, columns, drift, width);
    highest_.resize(static_cast<size_t>(columns));
    std::vector<int64_t> row(static_cast<size_t>(columns));
    for (int64_t t = 0; t < query_.steps(); ++t) {
      std::fill(row.begin(), row.end(), 0);
      add_highest(matrix_.data() + t * width, drift, columns, highest_.data(), row.data());
      for (int64_t i = std::max<int64_t>(t - columns + 1 - first, 0); i < std::min(count, t - first + 1); ++i)
        products_[static_cast<size_t>(i)] += row[static_cast<size_t>(t - first - i)];
    }
  }

  /// Columns of the matrix that stand for rests of the reference's steps from … to - 1.
  void silence_rests(int64_t from, int64_t to, int64_t lead, int64_t width) {
    for (int64_t n = from; n < to; ++n) {
      if (is_voiced_row(reference_.row(n), reference_.dim)) continue;
      for (int64_t t = 0; t < query_.steps(); ++t)
        matrix_[static_cast<size_t>(t * width + lead + n - from)] = kNothing;
    }
  }

  void finish(int64_t first, int64_t count, std::vector<double>& scores) const {
    const bool inside = lags_.step > 0, pearson = similarity_.correlation == Correlation::kPearson;
    const StepSums of_query{query_.sums().data(), query_.squares().data(), query_.voiced().data()};
    const StepSums rows{sums_.data(), squares_.data(), voiced_.data()};
    const StepSums from_place{of_query.sum + first, of_query.square + first, of_query.voiced + first};
    const PlaceSums sums =
        inside ? sums_at_places(of_query, query_.steps(), rows, count, similarity_.correlation)
               : sums_at_places(rows, reference_.steps, from_place, count, similarity_.correlation);
    double voiced = query_.voiced_steps();
    if (!inside) {
      voiced = 0;
      for (const double one : voiced_) voiced += one;
    }
    const double least = std::max(kLeastInCommon * voiced, 1.0);
    const double query_steps = std::max(query_.voiced_steps(), 1.0);
    const double one = static_cast<double>(kFixedOne) * kFixedOne;
    scores.resize(static_cast<size_t>(count));
    for (size_t i = 0; i < scores.size(); ++i) {
      const double common = sums.common[i], product = static_cast<double>(products_[i]);
      double score = 0;
      if (!pearson)
        score = product / one / std::max(common, least);
      else if (common > 0)
        score = std::min(common / least, 1.0) * pearson_of({.n = common * static_cast<double>(query_.dim()),
                                                            .product = product,
                                                            .sum_a = sums.sum_shorter[i],
                                                            .sum_b = sums.sum_longer[i],
                                                            .square_a = sums.square_shorter[i],
                                                            .square_b = sums.square_longer[i]});
      scores[i] = score - similarity_.uncovered_cost * (1 - common / query_steps);
    }
  }

  const FixedQuery& query_;
  const FixedView reference_;
  const Similarity& similarity_;
  const LagRange lags_;
  std::vector<int64_t> products_;                ///< summed, at each place
  std::vector<double> sums_, squares_, voiced_;  ///< of the reference's rows from the first place on
  int64_t summed_ = 0;                           ///< how many of those are there
  std::vector<int32_t> matrix_, highest_;
};

void check_pair(const FixedQuery& query, FixedView reference, const Similarity& similarity) {
  if (similarity.correlation == Correlation::kDtw)
    throw ConfigError("[fixed match] dtw has no similarity at a lag");
  if (reference.steps < 1 || reference.dim != query.dim())
    throw ShapeError(fmt::format("[fixed match] the reference is [{}, {}], the query has {} numbers a step",
                                 reference.steps, reference.dim, query.dim()));
}

}  // namespace

void prefetch_match(const FixedQuery& query, FixedView reference, std::span<const LagSpan> spans) {
  for (const LagSpan& span : spans.empty() ? std::span<const LagSpan>(&kFirstPlaces, 1) : spans) {
    const int64_t first = std::clamp<int64_t>(span.first, 0, reference.steps);
    const int64_t last = std::clamp<int64_t>(
        std::min(span.last, span.first + kPlacesAtOnce) + query.steps() - 1, first, reference.steps);
    fixed_prefetch({reference.row(first), last - first, reference.dim});
  }
}

SequenceMatch best_match(const FixedQuery& query, FixedView reference, std::span<const LagSpan> spans,
                         const Similarity& similarity) {
  check_pair(query, reference, similarity);
  FixedMatch match(query, reference, similarity);
  SequenceMatch best{.score = -std::numeric_limits<double>::infinity(), .lag = 0};
  std::vector<double> scores;
  for (const LagSpan& places : places_in(spans, match.lags())) {
    match.score(places.first, places.last, scores);
    const auto highest = std::max_element(scores.begin(), scores.end());
    if (*highest > best.score)
      best = {.score = *highest, .lag = match.lags().lag(places.first + (highest - scores.begin()))};
  }
  return best;
}

std::vector<SequenceMatch> best_matches(const FixedQuery& query, FixedView reference,
                                        std::span<const LagSpan> spans, const Similarity& similarity,
                                        int64_t count, int64_t apart_steps) {
  check_pair(query, reference, similarity);
  FixedMatch match(query, reference, similarity);
  std::vector<SequenceMatch> all;
  std::vector<double> scores;
  for (const LagSpan& places : places_in(spans, match.lags())) {
    match.score(places.first, places.last, scores);
    for (size_t i = 0; i < scores.size(); ++i)
      all.push_back({.score = scores[i], .lag = match.lags().lag(places.first + static_cast<int64_t>(i))});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const SequenceMatch& a, const SequenceMatch& b) { return a.score > b.score; });
  std::vector<SequenceMatch> best;
  for (const SequenceMatch& one : all) {
    if (static_cast<int64_t>(best.size()) >= count) break;
    if (std::none_of(best.begin(), best.end(),
                     [&](const SequenceMatch& b) { return std::abs(b.lag - one.lag) < apart_steps; }))
      best.push_back(one);
  }
  return best;
}

}  // namespace melomine::retrieval
