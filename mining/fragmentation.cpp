#include "mining/fragmentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/error.h"
#include "dsp/rms.h"
#include "dsp/silence.h"
#include "mining/cuts.h"

namespace melomine::mining {
namespace {

/// Correlations between slices of one sequence, each computed once: the settings cut mostly the same
/// fragments.
class SliceCorrelations {
 public:
  explicit SliceCorrelations(const retrieval::FingerprintSequence& z) : z_(z) {}

  /// @param a, b  rows of the sequence
  double between(const retrieval::SequenceView<float>& a, const retrieval::SequenceView<float>& b) {
    const uint64_t first = number_of(a), second = number_of(b);
    const uint64_t pair = std::min(first, second) << 32 | std::max(first, second);
    const auto [entry, is_new] = correlations_.try_emplace(pair, 0.0);
    if (is_new) entry->second = retrieval::max_cross_correlation(a, b, scratch_);
    return entry->second;
  }

 private:
  uint64_t number_of(const retrieval::SequenceView<float>& rows) {
    const auto first_row = static_cast<uint64_t>((rows.values - z_.values.data()) / z_.dim);
    return numbers_.try_emplace(first_row << 32 | static_cast<uint64_t>(rows.steps), numbers_.size())
        .first->second;
  }

  const retrieval::FingerprintSequence& z_;
  std::unordered_map<uint64_t, uint64_t> numbers_;  ///< of slices, by first row and length
  std::unordered_map<uint64_t, double> correlations_;
  std::vector<float> scratch_;
};

std::vector<TimeInterval> unique_fragments(const std::vector<TimeInterval>& candidates,
                                           const retrieval::FingerprintSequence& z, double window_s,
                                           double max_correlation, SliceCorrelations& correlations) {
  std::vector<TimeInterval> unique;
  std::vector<retrieval::SequenceView<float>> kept;
  for (const TimeInterval& candidate : candidates) {
    const retrieval::SequenceView<float> rows = slice(z, candidate, window_s).rows;
    const bool is_new = std::all_of(kept.begin(), kept.end(), [&](const auto& other) {
      return correlations.between(rows, other) <= max_correlation;
    });
    if (!is_new) continue;
    unique.push_back(candidate);
    kept.push_back(rows);
  }
  return unique;
}

/// One recording, cut at any setting.
class Cutter {
 public:
  Cutter(std::span<const float> samples, int sample_rate_hz, const FragmentationConfig& config)
      : samples_(static_cast<int64_t>(samples.size())),
        rate_hz_(sample_rate_hz),
        config_(config),
        lengths_{config.min_s * rate_hz_, config.max_s * rate_hz_},
        rms_(dsp::frame_rms(samples, dsp::SilenceConfig{}.frame_samples, dsp::SilenceConfig{}.hop_samples)) {}

  std::vector<dsp::SampleInterval> stretches(double level_db) const {
    return dsp::split_at_silence(rms_, samples_, {.level_db = level_db});
  }

  std::vector<TimeInterval> candidates(std::span<const dsp::SampleInterval> stretches, double pause_s) const {
    std::vector<TimeInterval> found;
    const auto add = [&](const dsp::SampleInterval& s) {
      found.push_back({static_cast<double>(s.start) / rate_hz_, static_cast<double>(s.end) / rate_hz_});
    };
    for (const auto& merged : bridge_pauses(stretches, pause_s * rate_hz_, lengths_.max_samples)) {
      if (lengths_.holds(merged)) {
        add(merged);
      } else if (config_.long_fragments == LongFragments::kSplit &&
                 static_cast<double>(merged.length()) >= lengths_.max_samples) {
        for (const auto& piece :
             cut_at_quiet_frames(merged, rms_, dsp::SilenceConfig{}.hop_samples, lengths_))
          add(piece);
      }
    }
    return found;
  }

  double seconds(std::span<const dsp::SampleInterval> stretches) const {
    int64_t sum = 0;
    for (const auto& s : stretches) sum += s.length();
    return static_cast<double>(sum) / rate_hz_;
  }

 private:
  int64_t samples_;
  double rate_hz_;
  const FragmentationConfig& config_;
  LengthRange lengths_;
  std::vector<float> rms_;
};

}  // namespace

void bind(configs::Binder& b, FragmentationConfig& c) {
  b.numbers("levels_db", c.levels_db, configs::above(0),
            "L_db: a frame this many decibels under the loudest is silent; each is tried");
  b.numbers("pauses_s", c.pauses_s, configs::at_least(0),
            "D_p: shorter pauses are bridged, in s; each is tried");
  b.number("min_s", c.min_s, configs::above(0), "d_min: fragments are longer than this");
  b.number("max_s", c.max_s, configs::above(0), "d_max: fragments are shorter than this");
  b.number("max_correlation", c.max_correlation, configs::between(-1, 1),
           "α_corr: of two fragments that correlate above this the later is dropped");
  b.enumeration(
      "long_fragments", c.long_fragments, {{"drop", LongFragments::kDrop}, {"split", LongFragments::kSplit}},
      "a stretch over max_s without a pause: drop (the paper's) or split at its quietest frames (ours)");
  b.require(!c.levels_db.empty(), "levels_db", "needs at least one level");
  b.require(!c.pauses_s.empty(), "pauses_s", "needs at least one pause");
  b.require(c.min_s < c.max_s, "max_s", "must be above min_s");
}

SequenceSlice slice(const retrieval::FingerprintSequence& z, const TimeInterval& interval, double window_s) {
  if (z.steps < 1 || z.dim < 1 || !(z.hop_s > 0))
    throw ShapeError(
        fmt::format("[mining] no rows to slice: [{}, {}] fingerprints every {} s", z.steps, z.dim, z.hop_s));
  const double first_start_s = z.first_center_s - 0.5 * window_s;
  const double last = static_cast<double>(z.steps - 1);
  const double nearest = std::round((interval.start_s - first_start_s) / z.hop_s);
  const auto first = static_cast<int64_t>(std::clamp(nearest, 0.0, last));
  // An interval of exactly W + k * S has k + 1 windows.
  const double more = std::floor((interval.duration_s() - window_s + kTimeSlack_s) / z.hop_s);
  const int64_t count = 1 + static_cast<int64_t>(std::clamp(more, 0.0, last - static_cast<double>(first)));
  return {.rows = {z.values.data() + first * z.dim, count, z.dim,
                   z.voiced.empty() ? nullptr : z.voiced.data() + first},
          .offset_s = first_start_s + static_cast<double>(first) * z.hop_s - interval.start_s};
}

Fragmentation fragment_song(std::span<const float> samples, int sample_rate_hz,
                            const retrieval::FingerprintSequence& z, double window_s,
                            const FragmentationConfig& config) {
  Fragmentation result;
  const Cutter cutter(samples, sample_rate_hz, config);
  std::vector<std::vector<dsp::SampleInterval>> stretches;
  for (const double level_db : config.levels_db) stretches.push_back(cutter.stretches(level_db));

  SliceCorrelations correlations(z);
  for (const double pause_s : config.pauses_s) {
    for (size_t level = 0; level < config.levels_db.size(); ++level) {
      const auto candidates = cutter.candidates(stretches[level], pause_s);
      auto unique = unique_fragments(candidates, z, window_s, config.max_correlation, correlations);
      SettingCount count{.level_db = config.levels_db[level],
                         .pause_s = pause_s,
                         .candidates = static_cast<int64_t>(candidates.size()),
                         .unique = static_cast<int64_t>(unique.size())};
      for (const TimeInterval& fragment : unique) count.unique_s += fragment.duration_s();
      const bool is_first = result.settings.empty();
      result.settings.push_back(count);
      const SettingCount& best = result.settings[result.best];
      if (!is_first && (count.unique < best.unique ||
                        (count.unique == best.unique && count.unique_s <= best.unique_s + kTimeSlack_s)))
        continue;
      result.best = result.settings.size() - 1;
      result.sounding_s = cutter.seconds(stretches[level]);
      result.fragments = std::move(unique);
    }
  }
  return result;
}

}  // namespace melomine::mining
