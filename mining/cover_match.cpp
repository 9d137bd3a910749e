#include "mining/cover_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "mining/diagonal_sums.h"
#include "mining/fragmentation.h"
#include "retrieval/sequence_match.h"

namespace melomine::mining {
namespace {

/// Far below a sample, above the rounding of sums of seconds.
constexpr double kTimeSlack_s = 1e-6;

/// Rows between the original's, as a cover of another tempo would have them: row i lies at i * ratio, linear
/// between neighbours, of unit norm again. @returns the number of rows added
int64_t append_at_tempo(const retrieval::SequenceView<float>& rows, double ratio, std::vector<float>& out) {
  if (ratio == 1) {
    out.insert(out.end(), rows.values, rows.values + rows.steps * rows.dim);
    return rows.steps;
  }
  const double last = static_cast<double>(rows.steps - 1);
  const auto steps = 1 + static_cast<int64_t>(std::floor(last / ratio + 1e-9));
  std::vector<double> row(static_cast<size_t>(rows.dim));
  for (int64_t i = 0; i < steps; ++i) {
    const double at = std::min(static_cast<double>(i) * ratio, last);
    const auto low = static_cast<int64_t>(at);
    const double share = at - static_cast<double>(low);
    const float* a = rows.values + low * rows.dim;
    const float* b = rows.values + std::min(low + 1, rows.steps - 1) * rows.dim;
    double square = 0;
    for (int64_t d = 0; d < rows.dim; ++d) {
      const double value = (1 - share) * static_cast<double>(a[d]) + share * static_cast<double>(b[d]);
      row[static_cast<size_t>(d)] = value;
      square += value * value;
    }
    // Opposite neighbours cancel out; such a row is like nothing and stays 0.
    const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
    for (const double value : row) out.push_back(static_cast<float>(value * scale));
  }
  return steps;
}

/// First lags of the local maxima; both ends count as if lower values lay beyond them.
template <class Found>
void for_each_local_maximum(const std::vector<double>& values, Found found) {
  for (size_t i = 0; i < values.size();) {
    size_t end = i + 1;
    while (end < values.size() && values[end] == values[i]) ++end;
    const bool rises = i == 0 || values[i - 1] < values[i];
    const bool falls = end == values.size() || values[end] < values[i];
    if (rises && falls) found(i);
    i = end;
  }
}

/// Place of the vertex of the parabola through a local maximum and its neighbours, in lags from it.
double vertex(const std::vector<double>& values, size_t peak) {
  if (peak == 0 || peak + 1 >= values.size()) return 0;
  const double before = values[peak - 1], after = values[peak + 1];
  const double curvature = before - 2 * values[peak] + after;
  return curvature < 0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0;
}

}  // namespace

struct CoverMatcher::Peak {
  double center_s = 0;  ///< of the interval in the cover
  double correlation = 0, tempo_ratio = 1;
};

void bind(configs::Binder& b, MatchConfig& c) {
  b.number("relevant", c.relevant, configs::between(-1, 1),
           "β_rel: a match that correlates this much is relevant");
  b.number("irrelevant", c.irrelevant, configs::between(-1, 1),
           "β_irrel: from here up to relevant a match is uncertain, below it is dropped");
  b.numbers("tempo_ratios", c.tempo_ratios, configs::between(0.25, 4),
            "tempos of a cover relative to the original's at which fragments are tried; [1] is the paper's");
  b.choice("refine", c.refine, {"none", "parabola"},
           "lag below one hop: none, or the vertex of the parabola through the peak and its neighbours");
  b.number("repeat_share", c.repeat_share, configs::between(0, 1),
           "a further match of a fragment in a cover needs this share of the best one's correlation; 0: all "
           "peaks, the paper's");
  b.require(c.irrelevant <= c.relevant, "irrelevant", "must not be above relevant");
  b.require(!c.tempo_ratios.empty(), "tempo_ratios", "needs at least one ratio");
}

std::string verdict_of(double correlation, const MatchConfig& config) {
  return correlation >= config.relevant ? "relevant" : "uncertain";
}

CoverMatcher::CoverMatcher(const retrieval::FingerprintSequence& original,
                           std::vector<TimeInterval> fragments, double window_s, MatchConfig config)
    : fragments_(std::move(fragments)),
      config_(std::move(config)),
      window_s_(window_s),
      hop_s_(original.hop_s),
      dim_(original.dim) {
  for (const double ratio : config_.tempo_ratios) tempos_.push_back(pack(original, ratio));
}

CoverMatcher::Tempo CoverMatcher::pack(const retrieval::FingerprintSequence& original, double ratio) const {
  Tempo tempo{.ratio = ratio, .rows = {}, .pieces = {}};
  int64_t rows = 0;
  for (size_t f = 0; f < fragments_.size(); ++f) {
    const SequenceSlice part = slice(original, fragments_[f], window_s_);
    const int64_t steps = append_at_tempo(part.rows, ratio, tempo.rows);
    tempo.pieces.push_back({.fragment = f, .first_row = rows, .steps = steps, .offset_s = part.offset_s});
    rows += steps;
  }
  return tempo;
}

void CoverMatcher::add_peaks(const Tempo& tempo, const Piece& piece, const std::vector<double>& correlation,
                             const retrieval::FingerprintSequence& cover, double cover_s,
                             std::vector<Peak>& peaks) const {
  const double half_s = 0.5 * length_s(piece.fragment, tempo.ratio);
  // From the centre of the first row's window to the fragment's own centre, at the cover's tempo.
  const double to_center_s =
      (0.5 * fragments_[piece.fragment].duration_s() - piece.offset_s - 0.5 * window_s_) / tempo.ratio;
  const double latest_s = std::max(cover_s - half_s, half_s);
  const auto add = [&](size_t lag) {
    const double refined = config_.refine == "parabola" ? vertex(correlation, lag) : 0;
    const double row_center_s = cover.first_center_s + (static_cast<double>(lag) + refined) * hop_s_;
    peaks.push_back({.center_s = std::clamp(row_center_s + to_center_s, half_s, latest_s),
                     // Rows of unit norm in float can exceed 1 by their rounding.
                     .correlation = std::clamp(correlation[lag], -1.0, 1.0),
                     .tempo_ratio = tempo.ratio});
  };
  const auto highest =
      static_cast<size_t>(std::max_element(correlation.begin(), correlation.end()) - correlation.begin());
  if (correlation[highest] < config_.irrelevant) return add(highest);
  for_each_local_maximum(correlation, [&](size_t lag) {
    if (correlation[lag] >= config_.irrelevant) add(lag);
  });
}

void CoverMatcher::find_peaks(const Tempo& tempo, const retrieval::FingerprintSequence& cover, double cover_s,
                              std::vector<std::vector<Peak>>& peaks) const {
  const int64_t total = tempo.pieces.back().first_row + tempo.pieces.back().steps;
  std::vector<float> products(
      static_cast<size_t>(std::min(retrieval::detail::kProductRows, total) * cover.steps));
  std::vector<double> sums;
  size_t at = 0;  // the piece that the next row belongs to
  for (int64_t begin = 0; begin < total; begin += retrieval::detail::kProductRows) {
    const int64_t end = std::min(begin + retrieval::detail::kProductRows, total);
    retrieval::detail::product(tempo.rows.data() + begin * dim_, cover.values.data(), end - begin,
                               cover.steps, dim_, products.data());
    for (; at < tempo.pieces.size(); ++at) {
      const Piece& piece = tempo.pieces[at];
      const int64_t piece_end = piece.first_row + piece.steps;
      const int64_t from = std::max(begin, piece.first_row), to = std::min(end, piece_end);
      if (from >= to) break;
      const bool fits =
          piece.steps <= cover.steps && length_s(piece.fragment, tempo.ratio) <= cover_s + kTimeSlack_s;
      if (fits) {
        const int64_t lags = cover.steps - piece.steps + 1;
        if (from == piece.first_row) sums.assign(static_cast<size_t>(lags), 0.0);
        add_diagonals(products.data() + (from - begin) * cover.steps + (from - piece.first_row), to - from,
                      cover.steps, lags, sums.data());
      }
      if (to < piece_end) break;
      if (!fits) continue;
      for (double& sum : sums) sum /= static_cast<double>(piece.steps);
      add_peaks(tempo, piece, sums, cover, cover_s, peaks[piece.fragment]);
    }
  }
}

CoverMatches CoverMatcher::match(const retrieval::FingerprintSequence& cover, double cover_s) const {
  CoverMatches found;
  if (cover.dim != dim_ || std::abs(cover.hop_s - hop_s_) > kTimeSlack_s)
    throw ShapeError(
        fmt::format("[mining] a cover's fingerprints of {} numbers every {} s do not match the "
                    "original's of {} every {} s",
                    cover.dim, cover.hop_s, dim_, hop_s_));
  if (fragments_.empty() || cover.steps < 1) return found;
  std::vector<std::vector<Peak>> peaks(fragments_.size());
  for (const Tempo& tempo : tempos_) find_peaks(tempo, cover, cover_s, peaks);

  for (size_t f = 0; f < fragments_.size(); ++f) {
    // Equal peaks stay in the order of ratios and lags.
    std::stable_sort(peaks[f].begin(), peaks[f].end(),
                     [](const Peak& a, const Peak& b) { return a.correlation > b.correlation; });
    const auto interval_s = [&](const Peak& peak) { return length_s(f, peak.tempo_ratio); };
    std::vector<Peak> taken;
    for (const Peak& peak : peaks[f]) {
      const bool apart = std::all_of(taken.begin(), taken.end(), [&](const Peak& other) {
        return std::abs(peak.center_s - other.center_s) >=
               0.5 * (interval_s(peak) + interval_s(other)) - kTimeSlack_s;
      });
      if (!apart) continue;
      const double start_s = std::max(peak.center_s - 0.5 * interval_s(peak), 0.0);
      const CoverMatch match{.fragment = static_cast<int64_t>(f),
                             .interval = {start_s, std::min(start_s + interval_s(peak), cover_s)},
                             .correlation = peak.correlation,
                             .tempo_ratio = peak.tempo_ratio};
      if (taken.empty()) found.best.push_back(match);
      if (peak.correlation < config_.irrelevant) break;
      // Peaks come by height: behind the first that is too low there is none.
      if (!taken.empty() && peak.correlation < config_.repeat_share * peaks[f].front().correlation) break;
      found.matches.push_back(match);
      taken.push_back(peak);
    }
  }
  return found;
}

}  // namespace melomine::mining
