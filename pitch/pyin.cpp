#include "pitch/pyin.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "pitch/yin.h"

namespace melomine::pitch {
namespace {

constexpr double kBinsPerOctave = 60;           // 20 cents
constexpr double kMaxOctavesPerSecond = 35.92;  // section 2.2: half a semitone in 1.16 ms
constexpr int64_t kMaxReach = 60;               // bins in one hop; fits the 7 bits of a back pointer
constexpr double kVoicingSwitchProbability = 0.01;
constexpr double kUnsureWeight = 0.01;   // of thresholds below every dip, eq. 4: p_a
constexpr double kDipTrust = 0.5;        // prior that what is periodic is sung, as in the authors' code
constexpr float kNoObservation = 1e-7f;  // floor of a voiced bin without a dip
constexpr float kLogZero = -1e30f;
constexpr double kRefineBins = 2.5;  // a dip this near to the path gives the frequency

/// Share of the Beta(2, 18) distribution below x.
double threshold_share(double x) {
  const double rest = 1 - std::clamp(x, 0.0, 1.0);
  const double rest2 = rest * rest, rest4 = rest2 * rest2, rest8 = rest4 * rest4;
  return 1 - rest8 * rest8 * rest2 * (1 + 18 * (1 - rest));
}

struct Candidate {
  float bin = 0;  ///< pitch, in bins above fmin, fractional
  float probability = 0;
};

/// A threshold chooses the first dip below it: dip i is chosen by those between its own depth and the
/// shallowest of all before it. Thresholds below every dip choose the deepest, with little trust.
void weigh_dips(const std::vector<YinDip>& dips, const YinGrid& grid, double fmin_hz,
                std::vector<Candidate>& candidates) {
  double lowest = 1;
  size_t deepest = dips.size();
  const size_t first = candidates.size();
  for (const YinDip& dip : dips) {
    const double bin = kBinsPerOctave * std::log2(grid.sample_rate_hz / dip.lag / fmin_hz);
    double probability = 0;
    if (dip.depth < lowest) {
      probability = threshold_share(lowest) - threshold_share(dip.depth);
      lowest = dip.depth;
      deepest = candidates.size();
      candidates.push_back({static_cast<float>(bin), static_cast<float>(probability)});
    }
  }
  if (candidates.size() > first)
    candidates[deepest].probability += static_cast<float>(kUnsureWeight * threshold_share(lowest));
}

/// The most likely path; state = pitch bin, voiced or not.
class PitchPath {
 public:
  PitchPath(int64_t bins, double hop_s, int64_t frames)
      : bins_(bins),
        reach_(
            std::clamp<int64_t>(std::llround(kMaxOctavesPerSecond * hop_s * kBinsPerOctave), 1, kMaxReach)),
        voiced_(static_cast<size_t>(bins), 0.0f),
        unvoiced_(static_cast<size_t>(bins), 0.0f),
        best_(static_cast<size_t>(bins)),
        step_(static_cast<size_t>(bins)),
        from_(static_cast<size_t>(bins + 2 * reach_), kLogZero),
        from_unvoiced_(static_cast<size_t>(bins)),
        voiced_back_(static_cast<size_t>(bins * frames)),
        unvoiced_back_(static_cast<size_t>(bins * frames)) {
    double sum = 0;
    for (int64_t d = -reach_; d <= reach_; ++d) sum += static_cast<double>(reach_ + 1 - std::abs(d));
    for (int64_t d = -reach_; d <= reach_; ++d)
      log_move_.push_back(static_cast<float>(std::log(static_cast<double>(reach_ + 1 - std::abs(d)) / sum)));
  }

  /// @param observation  [bins] probability of each pitch in this frame
  void advance(const std::vector<float>& observation, double voiced_probability) {
    const float stay = static_cast<float>(std::log(1 - kVoicingSwitchProbability));
    const float change = static_cast<float>(std::log(kVoicingSwitchProbability));
    const float silent =
        static_cast<float>(std::log(std::max(1e-12, (1 - voiced_probability) / static_cast<double>(bins_))));
    std::vector<float> new_voiced(voiced_.size());
    move(voiced_, unvoiced_, stay, change, voiced_back_.data() + frame_ * bins_);
    for (size_t b = 0; b < voiced_.size(); ++b)
      new_voiced[b] = best_[b] + std::log(std::max(observation[b], kNoObservation));
    move(voiced_, unvoiced_, change, stay, unvoiced_back_.data() + frame_ * bins_);
    for (size_t b = 0; b < voiced_.size(); ++b) unvoiced_[b] = best_[b] + silent;
    voiced_.swap(new_voiced);
    // Kept near zero, where single precision tells paths apart however long the recording.
    const float highest = std::max(*std::max_element(voiced_.begin(), voiced_.end()),
                                   *std::max_element(unvoiced_.begin(), unvoiced_.end()));
    for (float& value : voiced_) value -= highest;
    for (float& value : unvoiced_) value -= highest;
    ++frame_;
  }

  /// The bin of each frame, -1 where unvoiced.
  std::vector<int64_t> best() const {
    std::vector<int64_t> path(static_cast<size_t>(frame_));
    const auto v = std::max_element(voiced_.begin(), voiced_.end());
    const auto u = std::max_element(unvoiced_.begin(), unvoiced_.end());
    bool is_voiced = *v > *u;
    int64_t bin = is_voiced ? v - voiced_.begin() : u - unvoiced_.begin();
    for (int64_t t = frame_ - 1; t >= 0; --t) {
      path[static_cast<size_t>(t)] = is_voiced ? bin : -1;
      const auto& back = is_voiced ? voiced_back_ : unvoiced_back_;
      const uint8_t pointer = back[static_cast<size_t>(t * bins_ + bin)];
      bin += (pointer & 127) - reach_;
      is_voiced = (pointer & 128) == 0;
    }
    return path;
  }

 private:
  /// best_[b] = max over moves of the better of coming from voiced or unvoiced; where from goes to `back`.
  void move(const std::vector<float>& voiced, const std::vector<float>& unvoiced, float from_voiced,
            float from_unvoiced, uint8_t* back) {
    float* from = from_.data() + reach_;
    for (size_t b = 0; b < voiced.size(); ++b) {
      const float v = voiced[b] + from_voiced, u = unvoiced[b] + from_unvoiced;
      from[b] = v >= u ? v : u;
      from_unvoiced_[b] = v >= u ? 0 : 128;
    }
    std::fill(best_.begin(), best_.end(), 2 * kLogZero);
    for (int64_t m = 0; m <= 2 * reach_; ++m) {
      const float* source = from_.data() + m;
      const float cost = log_move_[static_cast<size_t>(m)];
      float* best = best_.data();
      int32_t* step = step_.data();
      for (int64_t b = 0; b < bins_; ++b) {
        const float value = source[b] + cost;
        step[b] = value > best[b] ? static_cast<int32_t>(m) : step[b];
        best[b] = value > best[b] ? value : best[b];
      }
    }
    for (int64_t b = 0; b < bins_; ++b) {
      const int32_t m = step_[static_cast<size_t>(b)];
      back[b] = static_cast<uint8_t>(m | from_unvoiced_[static_cast<size_t>(b + m - reach_)]);
    }
  }

  int64_t bins_, reach_, frame_ = 0;
  std::vector<float> voiced_, unvoiced_, best_;
  std::vector<int32_t> step_;
  std::vector<float> from_, log_move_;
  std::vector<uint8_t> from_unvoiced_, voiced_back_, unvoiced_back_;
};

/// Frequency of the path's bin, or of the candidate of that frame nearest to it.
double refine(int64_t bin, std::span<const Candidate> candidates, double fmin_hz) {
  double nearest = static_cast<double>(bin), distance = kRefineBins;
  for (const Candidate& candidate : candidates) {
    const double d = std::abs(static_cast<double>(candidate.bin) - static_cast<double>(bin));
    if (d < distance) {
      distance = d;
      nearest = candidate.bin;
    }
  }
  return fmin_hz * std::exp2(nearest / kBinsPerOctave);
}

}  // namespace

configs::KindEntry pyin_kind() {
  return configs::kind<F0KindOf<PyinTracker, configs::NoSettings>>(
      "pyin", "YIN under a distribution of thresholds, then the most likely path");
}

dsp::F0Track PyinTracker::track(std::span<const float> samples, int sample_rate_hz) const {
  const YinGrid grid = yin_grid(static_cast<int64_t>(samples.size()), sample_rate_hz, range_);
  const int64_t bins =
      1 + static_cast<int64_t>(std::ceil(kBinsPerOctave * std::log2(range_.fmax_hz / range_.fmin_hz)));
  dsp::F0Track track{range_.hop_s, {}, {}};
  track.f0_hz.resize(static_cast<size_t>(grid.frames));
  track.probability.resize(track.f0_hz.size());

  PitchPath path(bins, range_.hop_s, grid.frames);
  std::vector<YinDip> dips;
  std::vector<Candidate> candidates;
  std::vector<size_t> frame_begin{0};
  std::vector<float> observation(static_cast<size_t>(bins));
  for_each_yin_frame(samples, grid, [&](const YinFrame& frame) {
    find_yin_dips(frame, grid, dips);
    weigh_dips(dips, grid, range_.fmin_hz, candidates);
    std::fill(observation.begin(), observation.end(), 0.0f);
    double voiced = 0;
    for (size_t i = frame_begin.back(); i < candidates.size(); ++i) {
      const int64_t bin = std::llround(candidates[i].bin);
      if (bin < 0 || bin >= bins) continue;
      observation[static_cast<size_t>(bin)] += static_cast<float>(kDipTrust) * candidates[i].probability;
      voiced += candidates[i].probability;
    }
    track.probability[static_cast<size_t>(frame.index)] = static_cast<float>(std::min(1.0, voiced));
    path.advance(observation, kDipTrust * voiced);
    frame_begin.push_back(candidates.size());
  });

  const std::vector<int64_t> best = path.best();
  for (size_t t = 0; t < best.size(); ++t) {
    if (best[t] < 0) continue;
    const std::span<const Candidate> own(candidates.data() + frame_begin[t],
                                         frame_begin[t + 1] - frame_begin[t]);
    track.f0_hz[t] = static_cast<float>(refine(best[t], own, range_.fmin_hz));
  }
  return track;
}

}  // namespace melomine::pitch
