#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/random.h"
#include "core/time_interval.h"
#include "dsp/audio_buffer.h"
#include "retrieval/embedder.h"
#include "retrieval/fingerprint_sequence.h"

namespace melomine::mining::testing {

/// Fingerprints of places in a melody, random Fourier features: z(p) = [cos(w_k p), sin(w_k p)] / sqrt(K).
/// Inner products depend on the distance of two places alone, <z(p), z(q)> = 1/K Σ cos(w_k (p - q)), so
/// correlations are known in closed form: near exp(-(p - q)² / (2 width²)), and about 0.1 at random far away.
class MelodyCurve {
 public:
  explicit MelodyCurve(double width_s = 0.5, int64_t features = 64, uint64_t seed = 1) {
    RandomStream random({stream_id("melody curve"), seed});
    for (int64_t k = 0; k < features; ++k) rates_.push_back(random.normal(0, 1 / width_s));
  }
  int64_t dim() const { return 2 * static_cast<int64_t>(rates_.size()); }

  double product(double distance_s) const {
    double sum = 0;
    for (const double rate : rates_) sum += std::cos(rate * distance_s);
    return sum / static_cast<double>(rates_.size());
  }

  void append(double place_s, std::vector<float>& values) const {
    const double scale = 1 / std::sqrt(static_cast<double>(rates_.size()));
    for (const double rate : rates_) {
      values.push_back(static_cast<float>(scale * std::cos(rate * place_s)));
      values.push_back(static_cast<float>(scale * std::sin(rate * place_s)));
    }
  }

  /// The sequence of a recording of which second t is at place(t) of the melody.
  retrieval::FingerprintSequence sequence(double duration_s, const std::function<double(double)>& place,
                                          double hop_s = 0.25, double window_s = 3) const {
    retrieval::FingerprintSequence z{
        .dim = dim(), .hop_s = hop_s, .first_center_s = 0.5 * window_s, .values = {}};
    z.steps = duration_s < window_s
                  ? 1
                  : 1 + static_cast<int64_t>(std::floor((duration_s - window_s) / hop_s + 1e-6));
    for (int64_t t = 0; t < z.steps; ++t)
      append(place(z.first_center_s + static_cast<double>(t) * hop_s), z.values);
    return z;
  }

 private:
  std::vector<double> rates_;
};

constexpr int kRate_hz = 16000;
constexpr double kWindow_s = 3, kHop_s = 0.25;

/// An interval whose windows are rows [first, first + steps).
inline TimeInterval rows_interval(int64_t first, int64_t steps) {
  const double start_s = static_cast<double>(first) * kHop_s;
  return {start_s, start_s + kWindow_s + static_cast<double>(steps - 1) * kHop_s};
}

inline double duration_of(const retrieval::FingerprintSequence& z) {
  return kWindow_s + static_cast<double>(z.steps - 1) * kHop_s;
}

/// Audio that says at every sample which place of the melody sounds: 0.5 + place / 2000; 0 is silence. Places
/// lie in [0, 1000) s, so levels differ by less than 6 dB.
struct Passage {
  double duration_s = 0;
  double place_s = -1;  ///< of its start; negative is silence
  double tempo = 1;     ///< melody seconds per second
};
inline dsp::AudioBuffer planted_audio(const std::vector<Passage>& passages) {
  dsp::AudioBuffer audio{.samples = {}, .sample_rate_hz = kRate_hz};
  for (const Passage& passage : passages) {
    const auto count = std::llround(passage.duration_s * kRate_hz);
    for (int64_t n = 0; n < count; ++n) {
      const double place_s = passage.place_s + passage.tempo * static_cast<double>(n) / kRate_hz;
      audio.samples.push_back(passage.place_s < 0 ? 0.0F : static_cast<float>(0.5 + place_s / 2000));
    }
  }
  return audio;
}

/// Reads the place at each window's centre from planted audio.
class PlantedEmbedder : public retrieval::Embedder {
 public:
  explicit PlantedEmbedder(MelodyCurve curve = MelodyCurve()) : curve_(std::move(curve)) {}
  int64_t dim() const override { return curve_.dim(); }
  double hop_s() const override { return 0.25; }
  double window_s() const override { return 3; }
  retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
    ++calls;
    return curve_.sequence(
        audio.duration_s(),
        [&](double t_s) {
          const auto n = static_cast<size_t>(std::llround(t_s * kRate_hz));
          const float x = n < audio.samples.size() ? audio.samples[n] : 0.0F;
          return (static_cast<double>(x) - 0.5) * 2000;
        },
        hop_s(), window_s());
  }
  mutable int64_t calls = 0;

 private:
  MelodyCurve curve_;
};

/// Rows of unit norm that have nothing to do with each other.
inline retrieval::FingerprintSequence random_sequence(int64_t steps, int64_t dim, uint64_t seed,
                                                      double hop_s = 0.25, double window_s = 3) {
  RandomStream random({stream_id("random sequence"), seed});
  retrieval::FingerprintSequence z{
      .steps = steps, .dim = dim, .hop_s = hop_s, .first_center_s = 0.5 * window_s, .values = {}};
  for (int64_t t = 0; t < steps; ++t) {
    std::vector<double> row;
    double square = 0;
    for (int64_t d = 0; d < dim; ++d) {
      row.push_back(random.normal());
      square += row.back() * row.back();
    }
    for (const double value : row) z.values.push_back(static_cast<float>(value / std::sqrt(square)));
  }
  return z;
}

/// The cross-correlation at one lag by its definition.
inline double correlation_at(const float* a, const float* b, int64_t steps, int64_t dim) {
  double sum = 0;
  for (int64_t i = 0; i < steps * dim; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum / static_cast<double>(steps);
}

}  // namespace melomine::mining::testing
