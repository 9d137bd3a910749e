#include "retrieval/contour_match.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>

#include "core/cancellation.h"
#include "core/simd.h"

namespace melomine::retrieval {
namespace {

/// Lags that go through the inner loop together, and those where fewer are left.
constexpr int64_t kContourLanes = 32, kFewContourLanes = 8;
/// A tempo that leaves fewer frames than this says nothing about a melody.
constexpr size_t kMinFrames = 2;
/// Frames after which it is seen whether any lag is still worth it.
constexpr int64_t kFramesBetweenLooks = 12;
/// More than single precision loses of a sum that is compared with another.
constexpr double kRoundingSlack = 1e-6;

struct Window {
  const float* shorter;
  const float* longer;  ///< of the first lag; n + kContourLanes - 1 values can be read
  int64_t n;            ///< frames of the shorter
  float cap;
};

/// One step towards the transposition at which the capped differences balance (Huber's location estimate).
template <int64_t kLanes>
[[gnu::always_inline]] inline void refine_lanes(const Window& w, float* centre) {
  std::array<float, kLanes> sum{};
  for (int64_t i = 0; i < w.n; ++i) {
    for (int64_t j = 0; j < kLanes; ++j) {
      float d = w.longer[i + j] - w.shorter[i] - centre[j];
      d = d < w.cap ? d : w.cap;
      d = d > -w.cap ? d : -w.cap;
      sum[static_cast<size_t>(j)] += d;
    }
  }
  for (int64_t j = 0; j < kLanes; ++j) centre[j] += sum[static_cast<size_t>(j)] / static_cast<float>(w.n);
}
MELOMINE_WIDE_CLONES void refine_centres(const Window& w, int64_t lanes, float* centre) {
  if (lanes <= kFewContourLanes)
    refine_lanes<kFewContourLanes>(w, centre);
  else
    refine_lanes<kContourLanes>(w, centre);
}

/// Sums of the capped absolute differences; at most a few hundred terms of one size, which float holds. Left
/// unfinished where all are above `most`: they do not fall.
template <int64_t kLanes>
[[gnu::always_inline]] inline void capped_lanes(const Window& w, const float* centre, float most,
                                                float* distance) {
  std::array<float, kLanes> sum{};
  for (int64_t first = 0; first < w.n; first += kFramesBetweenLooks) {
    const int64_t end = std::min(first + kFramesBetweenLooks, w.n);
    for (int64_t i = first; i < end; ++i) {
      for (int64_t j = 0; j < kLanes; ++j) {
        float d = std::fabs(w.longer[i + j] - w.shorter[i] - centre[j]);
        d = d < w.cap ? d : w.cap;
        sum[static_cast<size_t>(j)] += d;
      }
    }
    int below = 0;
    for (int64_t j = 0; j < kLanes; ++j) below |= sum[static_cast<size_t>(j)] <= most ? 1 : 0;
    if (below == 0) break;
  }
  for (int64_t j = 0; j < kLanes; ++j) distance[j] = sum[static_cast<size_t>(j)];
}
MELOMINE_WIDE_CLONES void capped_distances(const Window& w, int64_t lanes, const float* centre, float most,
                                           float* distance) {
  if (lanes <= kFewContourLanes)
    capped_lanes<kFewContourLanes>(w, centre, most, distance);
  else
    capped_lanes<kContourLanes>(w, centre, most, distance);
}

SlidingContour prepare(std::span<const float> semitones) {
  SlidingContour s;
  s.frames = static_cast<int64_t>(semitones.size());
  s.values.reserve(semitones.size() + kContourLanes);
  s.values.assign(semitones.begin(), semitones.end());
  s.values.resize(semitones.size() + kContourLanes, semitones.empty() ? 0.0f : semitones.back());
  s.prefix.reserve(semitones.size() + 1);
  s.prefix.push_back(0);
  for (const float v : semitones) s.prefix.push_back(s.prefix.back() + v);
  return s;
}

struct Place {
  double distance = std::numeric_limits<double>::infinity();  ///< mean over the shorter
  int64_t lag = 0;
};

/// Of places first <= i < last, one that is better than the best so far. What has a longer way than that to
/// go is given up, so that the result is the same.
void find_better_place(const SlidingContour& shorter, const SlidingContour& longer, const LagSpan& places,
                       const ContourConfig& config, Place& best) {
  const int64_t n = shorter.frames;
  const double mean = shorter.prefix.back() / static_cast<double>(n);
  std::array<float, kContourLanes> centre{}, distance{};
  for (int64_t first = places.first; first < places.last; first += kContourLanes) {
    const int64_t lanes = std::min(kContourLanes, places.last - first);
    for (int64_t j = 0; j < lanes; ++j) {
      const auto at = static_cast<size_t>(first + j);
      const double sum = longer.prefix[at + static_cast<size_t>(n)] - longer.prefix[at];
      centre[static_cast<size_t>(j)] = static_cast<float>(sum / static_cast<double>(n) - mean);
    }
    const Window window{shorter.values.data(), longer.values.data() + first, n,
                        static_cast<float>(config.cap_semitones)};
    for (int64_t step = 0; step < config.centring_steps; ++step) refine_centres(window, lanes, centre.data());
    const double most = best.distance * static_cast<double>(n) * (1 + kRoundingSlack);
    capped_distances(window, lanes, centre.data(), static_cast<float>(most), distance.data());
    for (int64_t j = 0; j < lanes; ++j) {
      const double d = distance[static_cast<size_t>(j)] / static_cast<double>(n);
      if (d < best.distance) best = {d, first + j};
    }
  }
}

/// The query at another tempo, by linear interpolation between the centres of its frames.
std::vector<float> stretched(const std::vector<float>& query, double scale) {
  const auto count = static_cast<size_t>(std::lround(static_cast<double>(query.size()) * scale));
  std::vector<float> result(count);
  const double ratio = static_cast<double>(query.size()) / static_cast<double>(std::max<size_t>(count, 1));
  for (size_t i = 0; i < count; ++i) {
    const double x =
        std::clamp((static_cast<double>(i) + 0.5) * ratio - 0.5, 0.0, static_cast<double>(query.size() - 1));
    const auto below = static_cast<size_t>(x);
    const size_t above = std::min(below + 1, query.size() - 1);
    const float share = static_cast<float>(x - static_cast<double>(below));
    result[i] = query[below] + share * (query[above] - query[below]);
  }
  return result;
}

}  // namespace

void bind(configs::Binder& b, ContourConfig& c) {
  b.number("frame_rate_hz", c.frame_rate_hz, configs::above(0), "frames of a contour per second");
  b.integer("tempo_scales", c.tempo_scales, configs::between(1, kMostTempoScales),
            "tempos at which the query is tried, log-spaced");
  b.number("min_tempo_scale", c.min_tempo_scale, configs::above(0),
           "shortest stretched length over the query's");
  b.number("max_tempo_scale", c.max_tempo_scale, configs::above(0),
           "longest stretched length over the query's");
  b.number("cap_semitones", c.cap_semitones, configs::above(0), "largest distance of one frame");
  b.integer("centring_steps", c.centring_steps, configs::between(0, 20),
            "refinements of the transposition after the plain mean");
  b.require(c.min_tempo_scale <= c.max_tempo_scale, "min_tempo_scale", "must not exceed max_tempo_scale");
}

PitchContour contour_of(const dsp::F0Track& track, const ContourConfig& config) {
  PitchContour contour;
  const double frames_per_bin = 1.0 / (config.frame_rate_hz * track.hop_s);
  const auto bins = static_cast<int64_t>(static_cast<double>(track.f0_hz.size()) / frames_per_bin);
  std::vector<float> voiced;
  for (int64_t bin = 0; bin < bins; ++bin) {
    const auto first = static_cast<size_t>(std::lround(static_cast<double>(bin) * frames_per_bin));
    const auto last = std::min(
        track.f0_hz.size(), static_cast<size_t>(std::lround(static_cast<double>(bin + 1) * frames_per_bin)));
    voiced.clear();
    for (size_t i = first; i < last; ++i)
      if (track.f0_hz[i] > 0) voiced.push_back(track.f0_hz[i]);
    if (voiced.empty() || 2 * voiced.size() < last - first) continue;
    const auto middle = voiced.begin() + static_cast<std::ptrdiff_t>(voiced.size() / 2);
    std::nth_element(voiced.begin(), middle, voiced.end());
    contour.semitones.push_back(69.0f + 12.0f * std::log2(*middle / 440.0f));
  }
  return contour;
}

PitchContour contour_of(std::span<const dsp::Note> notes, const ContourConfig& config) {
  double end_s = 0;
  for (const dsp::Note& note : notes) end_s = std::max(end_s, note.end_s);
  std::vector<float> frames(static_cast<size_t>(std::ceil(end_s * config.frame_rate_hz)), 0.0f);
  for (const dsp::Note& note : notes) {
    const auto first = static_cast<int64_t>(std::ceil(note.start_s * config.frame_rate_hz - 0.5));
    for (int64_t i = std::max<int64_t>(first, 0); i < static_cast<int64_t>(frames.size()); ++i) {
      if ((static_cast<double>(i) + 0.5) / config.frame_rate_hz >= note.end_s) break;
      float& frame = frames[static_cast<size_t>(i)];
      frame = std::max(frame, static_cast<float>(note.pitch_midi));
    }
  }
  std::erase(frames, 0.0f);
  return {std::move(frames)};
}

std::vector<double> tempo_scales(const ContourConfig& config) {
  std::vector<double> scales;
  const double last = static_cast<double>(std::max<int64_t>(config.tempo_scales - 1, 1));
  for (int64_t i = 0; i < config.tempo_scales; ++i)
    scales.push_back(config.min_tempo_scale * std::pow(config.max_tempo_scale / config.min_tempo_scale,
                                                       static_cast<double>(i) / last));
  return scales;
}

ContourQuery::ContourQuery(const PitchContour& query, const ContourConfig& config) : config_(config) {
  if (query.semitones.empty()) return;
  for (const double scale : tempo_scales(config)) {
    const std::vector<float> values = stretched(query.semitones, scale);
    if (values.size() < kMinFrames) continue;
    tempos_.push_back({scale, prepare(values)});
    longest_ = std::max(longest_, tempos_.back().contour.frames);
  }
}

ContourMatch ContourQuery::match(std::span<const float> reference, std::span<const LagSpan> spans) const {
  ContourMatch best{.score = -config_.cap_semitones, .tempo_scale = 1, .offset_frames = 0};
  const auto frames = static_cast<int64_t>(reference.size());
  if (frames < static_cast<int64_t>(kMinFrames)) return best;
  // Of the reference, what a query reaches from the offsets in each span.
  const std::vector<LagSpan> offsets = places_in(spans, {.count = frames, .step = 1, .shorter_steps = 1});
  std::vector<SlidingContour> parts;
  for (const LagSpan& span : offsets) {
    const int64_t end = std::min(span.last - 1 + longest_, frames);
    parts.push_back(
        prepare(reference.subspan(static_cast<size_t>(span.first), static_cast<size_t>(end - span.first))));
  }
  SlidingContour whole;  // where the reference is the shorter
  for (const Tempo& tempo : tempos_) {
    const int64_t n = tempo.contour.frames;
    if (n <= frames) {
      for (size_t i = 0; i < parts.size(); ++i) {
        const int64_t first = offsets[i].first;
        Place place{.distance = -best.score};
        find_better_place(tempo.contour, parts[i], {0, std::min(offsets[i].last, frames - n + 1) - first},
                          config_, place);
        if (-place.distance > best.score) best = {-place.distance, tempo.scale, first + place.lag};
      }
      continue;
    }
    if (whole.frames == 0) whole = prepare(reference);
    Place place;
    for (const LagSpan& places : places_in(spans, lag_range(n, frames)))
      find_better_place(whole, tempo.contour, places, config_, place);
    const double covered = static_cast<double>(frames) / static_cast<double>(n);
    const double score = -(covered * place.distance + (1 - covered) * config_.cap_semitones);
    if (score > best.score) best = {score, tempo.scale, -place.lag};
  }
  return best;
}

ContourMatch match_contours(const PitchContour& query, const PitchContour& reference,
                            const ContourConfig& config) {
  return ContourQuery(query, config).match(reference.semitones);
}

ScoreMatrix search_contours(std::span<const PitchContour> queries, std::span<const PitchContour> references,
                            const ContourConfig& config, const SearchProgress& progress) {
  std::vector<ContourQuery> prepared;
  for (const PitchContour& query : queries) prepared.emplace_back(query, config);
  const auto count = static_cast<int64_t>(references.size());
  ScoreMatrix scores(static_cast<int64_t>(queries.size()), count, 0.0f);
  std::mutex mutex;
  int64_t done = 0;
  tbb::parallel_for(int64_t{0}, count, [&](int64_t r) {
    throw_if_cancelled();
    for (size_t q = 0; q < prepared.size(); ++q) {
      const ContourMatch best = prepared[q].match(references[static_cast<size_t>(r)].semitones);
      scores.at(static_cast<int64_t>(q), r) = static_cast<float>(best.score);
      scores.lag_at(static_cast<int64_t>(q), r) = best.offset_frames;
    }
    if (!progress) return;
    const std::lock_guard lock(mutex);
    progress(++done);
  });
  return scores;
}

}  // namespace melomine::retrieval
