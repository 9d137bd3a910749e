#include "dsp/feature_extractor.h"

#include <fmt/format.h>

#include <functional>

#include "core/error.h"
#include "core/registry.h"
#include "dsp/cqt.h"
#include "dsp/mel.h"
#include "dsp/rms.h"
#include "dsp/stft.h"

namespace melomine::dsp {
namespace {

double hop_seconds(const FeatureConfig& c) {
  return static_cast<double>(c.hop_samples) / static_cast<double>(c.sample_rate_hz);
}

CqtConfig cqt_config(const FeatureConfig& c) {
  return {.sample_rate_hz = c.sample_rate_hz,
          .hop_samples = c.hop_samples,
          .bins_per_octave = c.bins_per_octave,
          .octaves = c.octaves,
          .fmin_hz = c.fmin_hz == 0 ? kC1Hz : c.fmin_hz};
}

StftConfig stft_config(const FeatureConfig& c) {
  if (c.padding != "reflect" && c.padding != "zero")
    throw ConfigError(fmt::format("[features] unknown padding '{}'; known: reflect, zero", c.padding));
  return {.n_fft = c.n_fft,
          .hop_samples = c.hop_samples,
          .padding = c.padding == "zero" ? Padding::kZero : Padding::kReflect};
}

class CqtExtractor : public FeatureExtractor {
 public:
  explicit CqtExtractor(const FeatureConfig& c) : cqt_(cqt_config(c)) {}
  int64_t bins() const override { return cqt_.bins(); }
  int64_t hop_samples() const override { return cqt_.config().hop_samples; }
  FeatureMatrix extract(std::span<const float> samples) const override { return cqt_.magnitude(samples); }

 private:
  Cqt cqt_;
};

class MelExtractor : public FeatureExtractor {
 public:
  explicit MelExtractor(const FeatureConfig& c)
      : hop_samples_(c.hop_samples),
        mel_({.sample_rate_hz = c.sample_rate_hz,
              .bands = c.bands,
              .fmin_hz = c.fmin_hz,
              .fmax_hz = c.fmax_hz,
              .stft = stft_config(c)}) {}
  int64_t bins() const override { return mel_.bins(); }
  int64_t hop_samples() const override { return hop_samples_; }
  FeatureMatrix extract(std::span<const float> samples) const override { return mel_.magnitude(samples); }

 private:
  int64_t hop_samples_;
  MelSpectrogram mel_;
};

class StftExtractor : public FeatureExtractor {
 public:
  explicit StftExtractor(const FeatureConfig& c) : hop_s_(hop_seconds(c)), stft_(stft_config(c)) {}
  int64_t bins() const override { return stft_.bins(); }
  int64_t hop_samples() const override { return stft_.config().hop_samples; }
  FeatureMatrix extract(std::span<const float> samples) const override {
    FeatureMatrix out = stft_.magnitude(samples);
    out.hop_s = hop_s_;
    return out;
  }

 private:
  double hop_s_;
  Stft stft_;
};

class RmsExtractor : public FeatureExtractor {
 public:
  explicit RmsExtractor(const FeatureConfig& c) : config_(c) { frame_rms({}, c.n_fft, c.hop_samples); }
  int64_t bins() const override { return 1; }
  int64_t hop_samples() const override { return config_.hop_samples; }
  FeatureMatrix extract(std::span<const float> samples) const override {
    FeatureMatrix out;
    out.values = frame_rms(samples, config_.n_fft, config_.hop_samples);
    out.bins = 1;
    out.frames = static_cast<int64_t>(out.values.size());
    out.hop_s = hop_seconds(config_);
    return out;
  }

 private:
  FeatureConfig config_;
};

using Maker = std::function<std::unique_ptr<FeatureExtractor>(const FeatureConfig&)>;

template <class Extractor>
std::unique_ptr<FeatureExtractor> make(const FeatureConfig& c) {
  return std::make_unique<Extractor>(c);
}

const Registry<Maker>& feature_types() {
  static const Registry<Maker> types{"feature",
                                     {{"cqt", make<CqtExtractor>},
                                      {"mel", make<MelExtractor>},
                                      {"rms", make<RmsExtractor>},
                                      {"stft", make<StftExtractor>}}};
  return types;
}

}  // namespace

void bind(configs::Binder& b, FeatureConfig& c) {
  using configs::above;
  using configs::at_least;
  b.choice("type", c.type, feature_types().names(), "which feature");
  b.integer("sample_rate_hz", c.sample_rate_hz, configs::between(1, 768000), "of the audio, Hz");
  b.integer("hop_samples", c.hop_samples, at_least(1), "samples between frame centres");
  b.integer("bins_per_octave", c.bins_per_octave, at_least(1), "cqt: bins per octave");
  b.integer("octaves", c.octaves, at_least(1), "cqt: octaves from fmin_hz up");
  b.number("fmin_hz", c.fmin_hz, at_least(0),
           "cqt: centre of the lowest bin, Hz, 0 = C1 (32.7); mel: lower edge of the lowest band, Hz");
  b.number("fmax_hz", c.fmax_hz, above(0), "mel: upper edge of the highest band, Hz");
  b.integer("bands", c.bands, at_least(1), "mel: number of bands");
  b.integer("n_fft", c.n_fft, at_least(2), "stft, mel: samples of FFT and window; rms: samples of a frame");
  b.choice("padding", c.padding, {"reflect", "zero"}, "stft, mel: what lies outside the audio");
  const double nyquist_hz = static_cast<double>(c.sample_rate_hz) / 2;
  if (c.type == "cqt") {
    b.require(upper_edge_hz(cqt_config(c)) <= nyquist_hz, "octaves",
              "the highest bin must lie below half of sample_rate_hz");
  }
  if (c.type == "mel") {
    b.require(c.fmin_hz < c.fmax_hz, "fmin_hz", "must be below fmax_hz");
    b.require(c.fmax_hz <= nyquist_hz, "fmax_hz", "must be at most half of sample_rate_hz");
  }
}

std::unique_ptr<FeatureExtractor> make_feature_extractor(const FeatureConfig& config) {
  if (config.sample_rate_hz <= 0)
    throw ConfigError(fmt::format("[features] sample_rate_hz must be > 0, got {}", config.sample_rate_hz));
  return feature_types().get(config.type)(config);
}

}  // namespace melomine::dsp
