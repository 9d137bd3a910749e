#include "dsp/time_stretch.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>

#include "core/error.h"
#include "core/text.h"
#include "dsp/short_correlation.h"
#include "dsp/sinc_resample.h"

namespace melomine::dsp {
namespace {

constexpr double kOverlapS = 0.020;    // each segment is twice this long
constexpr double kToleranceS = 0.008;  // search to either side: together a period of 62 Hz
constexpr double kCoarseRateHz = 4000;
constexpr double kMinRate = 0.25, kMaxRate = 4;
constexpr double kMaxSemitones = 24;
/// Energy below which there is nothing to align.
constexpr double kSilenceEnergy = 1e-9;

/// Waveform-similarity overlap-add: of the places near the wanted one, a segment begins where the signal is
/// most similar (normalised correlation) to the natural continuation of the previous segment. The search is
/// coarse at 4 kHz first, then exact around the best place.
class Wsola {
 public:
  Wsola(std::span<const float> samples, int sample_rate_hz)
      : decimation_(std::max<int64_t>(1, std::llround(sample_rate_hz / kCoarseRateHz))),
        overlap_(round_to_coarse(kOverlapS * sample_rate_hz)),
        tolerance_(round_to_coarse(kToleranceS * sample_rate_hz)),
        before_(2 * (overlap_ + tolerance_)),
        size_(static_cast<int64_t>(samples.size())),
        signal_(static_cast<size_t>(size_ + 2 * before_ + kLagGroup * decimation_)),
        scores_(static_cast<size_t>(padded_lags(2 * tolerance_ + 1))) {
    std::copy(samples.begin(), samples.end(), signal_.begin() + before_);
    coarse_.resize(signal_.size() / static_cast<size_t>(decimation_));
    for (size_t i = 0; i < coarse_.size(); ++i) {
      const float* group = signal_.data() + i * static_cast<size_t>(decimation_);
      for (int64_t k = 0; k < decimation_; ++k) coarse_[i] += group[k];
    }
    coarse_energy_.resize(coarse_.size() + 1);
    for (size_t i = 0; i < coarse_.size(); ++i)
      coarse_energy_[i + 1] = coarse_energy_[i] + static_cast<double>(coarse_[i]) * coarse_[i];
    for (int64_t i = 0; i < overlap_; ++i) {
      const double s =
          std::sin(0.5 * std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(overlap_));
      fade_in_.push_back(static_cast<float>(s * s));
    }
  }

  std::vector<float> stretch(double rate, int64_t count) {
    std::vector<float> out(static_cast<size_t>(count));
    int64_t previous = 0;
    std::copy_n(signal_.begin() + before_, std::min(overlap_, count), out.begin());
    for (int64_t start = overlap_; start < count; start += overlap_) {
      // A segment's centre, not its start, keeps time: the mapping has slope 1 inside it.
      const auto wanted = static_cast<int64_t>(std::llround(static_cast<double>(start + overlap_) * rate));
      const int64_t last = size_ + overlap_;
      const int64_t natural = std::min(previous + overlap_, last);
      const int64_t chosen = most_similar(natural, std::clamp<int64_t>(wanted - overlap_, 0, last));
      const float* fading = signal_.data() + before_ + natural;
      const float* rising = signal_.data() + before_ + chosen;
      float* target = out.data() + start;
      const int64_t length = std::min(overlap_, count - start);
      for (int64_t i = 0; i < length; ++i)
        target[i] = fading[i] + fade_in_[static_cast<size_t>(i)] * (rising[i] - fading[i]);
      previous = chosen;
    }
    return out;
  }

 private:
  int64_t round_to_coarse(double samples) const {
    return std::max<int64_t>(1, std::llround(samples / static_cast<double>(decimation_))) * decimation_;
  }

  /// The place within the tolerance of `wanted` whose samples continue best what `natural` begins.
  int64_t most_similar(int64_t natural, int64_t wanted) {
    const int64_t coarse_lags = 2 * tolerance_ / decimation_ + 1, coarse_count = overlap_ / decimation_;
    const int64_t first = (before_ + wanted - tolerance_) / decimation_;
    const float* pattern = coarse_.data() + (before_ + natural) / decimation_;
    correlate_lags(pattern, coarse_.data() + first, coarse_count, coarse_lags, scores_.data());
    int64_t best = before_ + wanted;
    double best_score = 0;
    for (int64_t lag = 0; lag < coarse_lags; ++lag) {
      const auto at = static_cast<size_t>(first + lag);
      const double energy = coarse_energy_[at + static_cast<size_t>(coarse_count)] - coarse_energy_[at];
      if (energy < kSilenceEnergy) continue;
      const double score = scores_[static_cast<size_t>(lag)] / std::sqrt(energy);
      if (score > best_score) {
        best_score = score;
        best = (first + lag) * decimation_;
      }
    }
    return best_score > 0 ? most_similar_exactly(before_ + natural, best) - before_ : wanted;
  }

  /// The same at the full rate, less than one coarse sample and a half from `around`; places in the padded
  /// signal.
  int64_t most_similar_exactly(int64_t natural, int64_t around) {
    const int64_t reach = decimation_ + decimation_ / 2, lags = 2 * reach + 1;
    const float* base = signal_.data() + around - reach;
    correlate_lags(signal_.data() + natural, base, overlap_, lags, scores_.data());
    double energy = 0;
    for (int64_t i = 0; i < overlap_; ++i) energy += static_cast<double>(base[i]) * base[i];
    int64_t best = around;
    double best_score = 0;
    for (int64_t lag = 0; lag < lags; ++lag) {
      const double score = scores_[static_cast<size_t>(lag)] / std::sqrt(std::max(energy, kSilenceEnergy));
      if (score > best_score) {
        best_score = score;
        best = around - reach + lag;
      }
      energy += static_cast<double>(base[lag + overlap_]) * base[lag + overlap_] -
                static_cast<double>(base[lag]) * base[lag];
    }
    return best;
  }

  int64_t decimation_, overlap_, tolerance_, before_, size_;
  std::vector<float> signal_, coarse_, fade_in_, scores_;
  std::vector<double> coarse_energy_;
};

}  // namespace

std::vector<float> stretch_and_shift(std::span<const float> samples, double rate, double semitones,
                                     int sample_rate_hz) {
  if (sample_rate_hz <= 0)
    throw ConfigError("[time_stretch] sample rate must be > 0, got " + std::to_string(sample_rate_hz));
  if (!(rate >= kMinRate && rate <= kMaxRate))
    throw ConfigError("[time_stretch] rate must be in [0.25, 4], got " + format_number(rate));
  if (!(std::abs(semitones) <= kMaxSemitones))
    throw ConfigError("[pitch_shift] semitones must be in [-24, 24], got " + format_number(semitones));
  const auto count = static_cast<int64_t>(std::llround(static_cast<double>(samples.size()) / rate));
  const double speed = std::exp2(semitones / 12);
  const double tempo = rate / speed;
  const auto stretched_count = static_cast<int64_t>(std::ceil(static_cast<double>(count) * speed));
  std::vector<float> stretched(samples.begin(), samples.end());
  if (tempo != 1) stretched = Wsola(samples, sample_rate_hz).stretch(tempo, stretched_count);
  return speed == 1 ? stretched : sinc_resample(stretched, speed, count);
}

std::vector<float> time_stretch(std::span<const float> samples, double rate, int sample_rate_hz) {
  return stretch_and_shift(samples, rate, 0, sample_rate_hz);
}

std::vector<float> pitch_shift(std::span<const float> samples, double semitones, int sample_rate_hz) {
  return stretch_and_shift(samples, 1, semitones, sample_rate_hz);
}

}  // namespace melomine::dsp
