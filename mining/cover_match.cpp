#include "mining/cover_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "mining/fragmentation.h"
#include "retrieval/diagonals.h"
#include "retrieval/sequence_match.h"

namespace melomine::mining {
namespace {

/// Peaks of a fragment nearer than this are one place at several tempos.
constexpr double kSamePlace_s = 1;
/// Of a fragment in a cover: bounds the time that the path takes, far above what a melody comes back.
constexpr size_t kPlacesOnPath = 32;

/// Rows between the original's, as a cover of another tempo would have them: row i lies at i * ratio, linear
/// between neighbours, of unit norm again. It counts where both neighbours do.
/// @param voiced  of the rows that are added, where the original's have a mask
/// @returns the number of rows added
int64_t append_at_tempo(const retrieval::SequenceView<float>& rows, double ratio, std::vector<float>& out,
                        std::vector<uint8_t>& voiced) {
  if (ratio == 1) {
    out.insert(out.end(), rows.values, rows.values + rows.steps * rows.dim);
    if (rows.voiced != nullptr) voiced.insert(voiced.end(), rows.voiced, rows.voiced + rows.steps);
    return rows.steps;
  }
  const double last = static_cast<double>(rows.steps - 1);
  const auto steps = 1 + static_cast<int64_t>(std::floor(last / ratio + 1e-9));
  std::vector<double> row(static_cast<size_t>(rows.dim));
  for (int64_t i = 0; i < steps; ++i) {
    const double at = std::min(static_cast<double>(i) * ratio, last);
    const auto low = static_cast<int64_t>(at);
    const auto high = std::min(low + 1, rows.steps - 1);
    const double share = at - static_cast<double>(low);
    const float* a = rows.values + low * rows.dim;
    const float* b = rows.values + high * rows.dim;
    double square = 0;
    for (int64_t d = 0; d < rows.dim; ++d) {
      const double value = (1 - share) * static_cast<double>(a[d]) + share * static_cast<double>(b[d]);
      row[static_cast<size_t>(d)] = value;
      square += value * value;
    }
    const bool counts =
        rows.voiced == nullptr || (rows.voiced[low] != 0 && (share == 0 || rows.voiced[high] != 0));
    if (rows.voiced != nullptr) voiced.push_back(counts ? 1 : 0);
    // Opposite neighbours cancel out; such a row is like nothing and stays 0.
    const double scale = counts && square > 0 ? 1 / std::sqrt(square) : 0;
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

bool higher(const Place& a, const Place& b) {
  return a.correlation > b.correlation;
}

/// The highest places that differ in more than the tempo, at most kPlacesOnPath of them.
void thin(const std::vector<Place>& peaks, double floor, std::vector<Place>& places) {
  const size_t first = places.size();
  for (const Place& peak : peaks) {
    if (peak.correlation < floor || places.size() - first == kPlacesOnPath) return;
    const bool apart =
        std::none_of(places.begin() + static_cast<std::ptrdiff_t>(first), places.end(),
                     [&](const Place& p) { return std::abs(p.center_s - peak.center_s) < kSamePlace_s; });
    if (apart) places.push_back(peak);
  }
}

/// Correlation of a fragment's highest peak that overlaps none of its matches and whose centre lies in no
/// match of another fragment; -inf where there is none. @param peaks  of the fragment
double highest_unexplained(const std::vector<Place>& peaks, const std::vector<std::vector<Place>>& settled) {
  const auto explains = [](const Place& match, const Place& peak) {
    return match.fragment == peak.fragment
               ? overlap(match, peak)
               : match.start_s() <= peak.center_s && peak.center_s < match.end_s();
  };
  for (const Place& peak : peaks) {
    const bool explained = std::any_of(settled.begin(), settled.end(), [&](const auto& matches) {
      return std::any_of(matches.begin(), matches.end(),
                         [&](const Place& match) { return explains(match, peak); });
    });
    if (!explained) return peak.correlation;
  }
  return -std::numeric_limits<double>::infinity();
}

}  // namespace

void bind(configs::Binder& b, MatchConfig& c) {
  b.number("relevant", c.relevant, configs::between(-1, 1),
           "β_rel: a match that correlates this much is relevant");
  b.number("irrelevant", c.irrelevant, configs::between(-1, 1),
           "β_irrel: from here up to relevant a match is uncertain, below it is dropped");
  b.numbers("tempo_ratios", c.tempo_ratios, configs::between(0.25, 4),
            "tempos of a cover relative to the original's at which fragments are tried; [1] is the paper's");
  b.enumeration("refine", c.refine, {{"none", Refine::kNone}, {"parabola", Refine::kParabola}},
                "lag below one hop: none, or the vertex of the parabola through the peak and its neighbours");
  b.number("repeat_share", c.repeat_share, configs::between(0, 1),
           "a further match of a fragment in a cover needs this share of the best one's correlation; 0: all "
           "peaks, the paper's");
  bind(b, c.similarity);
  b.nested("settle", c.settle, "which of the places where fragments correlate are theirs");
  b.require(c.irrelevant <= c.relevant, "irrelevant", "must not be above relevant");
  b.require(!c.tempo_ratios.empty(), "tempo_ratios", "needs at least one ratio");
}

Verdict verdict_of(double correlation, double margin, const MatchConfig& config) {
  const bool alone = margin > kUnsettled && (config.settle.margin == 0 || margin >= config.settle.margin);
  return correlation >= config.relevant && alone ? Verdict::kRelevant : Verdict::kUncertain;
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
  std::vector<uint8_t> voiced;
  int64_t rows = 0;
  for (size_t f = 0; f < fragments_.size(); ++f) {
    const SequenceSlice part = slice(original, fragments_[f], window_s_);
    const int64_t steps = append_at_tempo(part.rows, ratio, tempo.rows, voiced);
    const auto sums = retrieval::sequence_sums<float>(
        {tempo.rows.data() + rows * dim_, steps, dim_, voiced.empty() ? nullptr : voiced.data() + rows});
    tempo.pieces.push_back(
        {.fragment = f, .first_row = rows, .steps = steps, .offset_s = part.offset_s, .sums = sums});
    rows += steps;
  }
  return tempo;
}

void CoverMatcher::add_peaks(const Tempo& tempo, const Piece& piece, const std::vector<double>& correlation,
                             const retrieval::FingerprintSequence& cover, double cover_s,
                             Places& peaks) const {
  const double half_s = 0.5 * length_s(piece.fragment, tempo.ratio);
  // From the centre of the first row's window to the fragment's own centre, at the cover's tempo.
  const double to_center_s =
      (0.5 * fragments_[piece.fragment].duration_s() - piece.offset_s - 0.5 * window_s_) / tempo.ratio;
  const double latest_s = std::max(cover_s - half_s, half_s);
  const auto add = [&](size_t lag) {
    const double refined = config_.refine == Refine::kParabola ? vertex(correlation, lag) : 0;
    const double row_center_s = cover.first_center_s + (static_cast<double>(lag) + refined) * hop_s_;
    peaks.push_back({.fragment = piece.fragment,
                     .center_s = std::clamp(row_center_s + to_center_s, half_s, latest_s),
                     .length_s = 2 * half_s,
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
                              std::vector<Places>& peaks) const {
  const int64_t total = tempo.pieces.back().first_row + tempo.pieces.back().steps;
  std::vector<float> products(static_cast<size_t>(std::min(retrieval::kProductRows, total) * cover.steps));
  const retrieval::SequenceSums cover_sums = retrieval::sequence_sums(retrieval::view(cover));
  std::vector<double> sums;
  size_t at = 0;  // the piece that the next row belongs to
  for (int64_t begin = 0; begin < total; begin += retrieval::kProductRows) {
    const int64_t end = std::min(begin + retrieval::kProductRows, total);
    retrieval::product(tempo.rows.data() + begin * dim_, cover.values.data(), end - begin, cover.steps, dim_,
                       products.data());
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
        retrieval::add_diagonals(products.data() + (from - begin) * cover.steps + (from - piece.first_row),
                                 to - from, cover.steps, lags, sums.data());
      }
      if (to < piece_end) break;
      if (!fits) continue;
      retrieval::finish_similarity(sums, piece.sums, cover_sums, config_.similarity);
      add_peaks(tempo, piece, sums, cover, cover_s, peaks[piece.fragment]);
    }
  }
}

/// Whether a fragment's further place is a match beside its best one.
bool CoverMatcher::counts_beside(const Place& place, const Place& best) const {
  return place.correlation >= config_.irrelevant &&
         place.correlation >= std::min(best.correlation, config_.repeat_share * best.correlation);
}

std::vector<CoverMatcher::Places> CoverMatcher::settle_at_peaks(const std::vector<Places>& peaks) const {
  std::vector<Places> settled(peaks.size());
  for (size_t f = 0; f < peaks.size(); ++f)
    for (const Place& peak : peaks[f]) {
      if (!counts_beside(peak, peaks[f].front())) break;
      const bool apart = std::none_of(settled[f].begin(), settled[f].end(),
                                      [&](const Place& other) { return overlap(peak, other); });
      if (apart) settled[f].push_back(peak);
    }
  return settled;
}

std::vector<CoverMatcher::Places> CoverMatcher::settle_on_path(const std::vector<Places>& peaks) const {
  Places places;
  for (const Places& all : peaks) thin(all, config_.irrelevant, places);
  std::vector<Places> settled(peaks.size());
  for (const size_t i : best_path(fragments_, places, config_.irrelevant, config_.settle.jump))
    settled[places[i].fragment].push_back(places[i]);
  for (Places& of_one : settled) {
    std::stable_sort(of_one.begin(), of_one.end(), higher);
    std::erase_if(of_one, [&](const Place& place) { return !counts_beside(place, of_one.front()); });
  }
  return settled;
}

bool CoverMatcher::is_alone(size_t f, const std::vector<Places>& settled) const {
  for (size_t other = 0; other < settled.size(); ++other)
    if (other != f && !settled[other].empty() && settled[other].front().correlation >= config_.relevant)
      return false;
  return true;
}

CoverMatches CoverMatcher::match(const retrieval::FingerprintSequence& cover, double cover_s) const {
  CoverMatches found;
  if (cover.dim != dim_ || std::abs(cover.hop_s - hop_s_) > kTimeSlack_s)
    throw ShapeError(
        fmt::format("[mining] a cover's fingerprints of {} numbers every {} s do not match the "
                    "original's of {} every {} s",
                    cover.dim, cover.hop_s, dim_, hop_s_));
  if (fragments_.empty() || cover.steps < 1) return found;
  std::vector<Places> peaks(fragments_.size());
  for (const Tempo& tempo : tempos_) find_peaks(tempo, cover, cover_s, peaks);
  // Equal peaks stay in the order of ratios and lags.
  for (Places& all : peaks) std::stable_sort(all.begin(), all.end(), higher);
  const std::vector<Places> settled =
      config_.settle.by == SettleBy::kPath ? settle_on_path(peaks) : settle_at_peaks(peaks);

  for (size_t f = 0; f < peaks.size(); ++f) {
    if (peaks[f].empty()) continue;
    const double rival = highest_unexplained(peaks[f], settled);
    const double least = is_alone(f, settled) ? config_.settle.alone : 0;
    const auto match_at = [&](const Place& place, double margin) {
      if (least > 0 && place.correlation < least) margin = kUnsettled;
      const double start_s = std::max(place.start_s(), 0.0);
      return CoverMatch{.fragment = static_cast<int64_t>(f),
                        .interval = {start_s, std::min(start_s + place.length_s, cover_s)},
                        .correlation = place.correlation,
                        .tempo_ratio = place.tempo_ratio,
                        .margin = margin};
    };
    if (settled[f].empty()) {
      const Place& highest = peaks[f].front();
      const double left_out = config_.settle.left_out;
      found.best.push_back(
          match_at(highest, left_out > 0 && highest.correlation >= left_out ? 0 : kUnsettled));
      if (highest.correlation >= config_.irrelevant) found.matches.push_back(found.best.back());
      continue;
    }
    for (const Place& place : settled[f]) found.matches.push_back(match_at(place, place.correlation - rival));
    found.best.push_back(match_at(settled[f].front(), settled[f].front().correlation - rival));
  }
  return found;
}

}  // namespace melomine::mining
