#include "pitch/crepe_path.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "core/text.h"
#include "pitch/crepe_weights.h"

namespace melomine::pitch {
namespace {

// The published mapping of bins.
constexpr double kBinCents = 20, kFirstBinCents = 1997.3794084376191, kCentsFromHz = 10;
constexpr int64_t kLongestStep = 11;  // bins in a frame
constexpr int64_t kAverageReach = 4;  // bins on each side of the chosen one
constexpr float kOutsideRange = -1e30F;

/// Log probabilities of steps of -kLongestStep … kLongestStep bins.
std::vector<float> log_steps() {
  std::vector<float> steps;
  const double total = (kLongestStep + 1.0) * (kLongestStep + 1.0);
  for (int64_t d = -kLongestStep; d <= kLongestStep; ++d)
    steps.push_back(
        static_cast<float>(std::log(static_cast<double>(kLongestStep + 1 - std::abs(d)) / total)));
  return steps;
}

int64_t strongest_bin(const dsp::FeatureMatrix& activation, int64_t t, int64_t first, int64_t last) {
  int64_t strongest = first;
  for (int64_t b = first; b <= last; ++b)
    if (activation.at(b, t) > activation.at(strongest, t)) strongest = b;
  return strongest;
}

double average_hz(const dsp::FeatureMatrix& activation, int64_t t, int64_t bin) {
  double sum = 0, weighted = 0;
  const int64_t first = std::max<int64_t>(0, bin - kAverageReach);
  const int64_t last = std::min(activation.bins - 1, bin + kAverageReach);
  for (int64_t b = first; b <= last; ++b) {
    const double weight = static_cast<double>(activation.at(b, t));
    sum += weight;
    weighted += weight * static_cast<double>(b);
  }
  return crepe_bin_hz(sum > 0 ? weighted / sum : static_cast<double>(bin));
}

}  // namespace

double crepe_bin_hz(double bin) {
  return kCentsFromHz * std::exp2((kFirstBinCents + kBinCents * bin) / 1200);
}

std::vector<int64_t> crepe_path(const dsp::FeatureMatrix& activation, int64_t first, int64_t last) {
  static const std::vector<float> steps = log_steps();
  const int64_t bins = last - first + 1;
  std::vector<uint8_t> back(static_cast<size_t>(bins * activation.frames));
  // The scores of the frame before, between bins that no path comes from.
  std::vector<float> before(static_cast<size_t>(bins + 2 * kLongestStep), kOutsideRange);
  std::vector<float> best(static_cast<size_t>(bins));
  std::vector<int32_t> step(static_cast<size_t>(bins));
  for (int64_t t = 0; t < activation.frames; ++t) {
    std::fill(best.begin(), best.end(), t == 0 ? 0.0F : 2 * kOutsideRange);
    for (int64_t s = 0; t > 0 && s <= 2 * kLongestStep; ++s) {
      const float* from = before.data() + s;
      const float cost = steps[static_cast<size_t>(s)];
      for (int64_t b = 0; b < bins; ++b) {
        const float value = from[b] + cost;
        const auto i = static_cast<size_t>(b);
        step[i] = value > best[i] ? static_cast<int32_t>(s) : step[i];
        best[i] = value > best[i] ? value : best[i];
      }
    }
    for (int64_t b = 0; b < bins; ++b) {
      best[static_cast<size_t>(b)] += activation.at(first + b, t);
      back[static_cast<size_t>(t * bins + b)] = static_cast<uint8_t>(step[static_cast<size_t>(b)]);
    }
    // Kept near zero, where single precision tells paths apart however long the recording.
    const float highest = *std::max_element(best.begin(), best.end());
    for (int64_t b = 0; b < bins; ++b)
      before[static_cast<size_t>(kLongestStep + b)] = best[static_cast<size_t>(b)] - highest;
  }
  std::vector<int64_t> path(static_cast<size_t>(activation.frames));
  int64_t bin = std::max_element(best.begin(), best.end()) - best.begin();
  for (int64_t t = activation.frames - 1; t >= 0; --t) {
    path[static_cast<size_t>(t)] = first + bin;
    if (t > 0) bin += back[static_cast<size_t>(t * bins + bin)] - kLongestStep;
  }
  return path;
}

dsp::F0Track decode_crepe(const dsp::FeatureMatrix& activation, const CrepeDecoding& decoding) {
  const auto bin_of = [](double hz) {
    return (1200 * std::log2(hz / kCentsFromHz) - kFirstBinCents) / kBinCents;
  };
  const auto first = static_cast<int64_t>(std::ceil(std::max(0.0, bin_of(decoding.fmin_hz))));
  const auto last = static_cast<int64_t>(
      std::floor(std::min(static_cast<double>(activation.bins - 1), bin_of(decoding.fmax_hz))));
  if (first > last)
    throw ConfigError("[f0] fmin_hz and fmax_hz must leave some of CREPE's range (" +
                      format_number(crepe_bin_hz(0)) + " to " + format_number(crepe_bin_hz(kCrepeBins - 1)) +
                      " Hz), got " + format_number(decoding.fmin_hz) + " and " +
                      format_number(decoding.fmax_hz));
  dsp::F0Track track{activation.hop_s, {}, {}};
  track.f0_hz.resize(static_cast<size_t>(activation.frames));
  track.probability.resize(track.f0_hz.size());
  std::vector<int64_t> path;
  if (decoding.viterbi) path = crepe_path(activation, first, last);
  for (int64_t t = 0; t < activation.frames; ++t) {
    const auto i = static_cast<size_t>(t);
    const int64_t bin = decoding.viterbi ? path[i] : strongest_bin(activation, t, first, last);
    track.probability[i] = activation.at(bin, t);
    if (activation.at(bin, t) >= decoding.voicing)
      track.f0_hz[i] = static_cast<float>(average_hz(activation, t, bin));
  }
  return track;
}

}  // namespace melomine::pitch
