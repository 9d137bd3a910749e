#include "pitch/crepe_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/cancellation.h"
#include "core/error.h"
#include "dsp/sinc_resample.h"
#include "pitch/first_convolution.h"
#include "pitch/panel_product.h"
#include "pitch/spectral_convolution.h"

namespace melomine::pitch {
namespace {

constexpr int64_t kHalfFrame = kCrepeFrameSamples / 2;
/// Silence before and behind the recording: half a frame, and what the first convolution reads beside it.
constexpr int64_t kPadding = kHalfFrame + 256;
/// Frames share their convolution where that saves something and their places coincide.
constexpr int64_t kLongestSharedHop = 640, kPlaceSamples = 4;
constexpr int64_t kBinPanels = (kCrepeBins + kPanelColumns - 1) / kPanelColumns;

void check_shapes(const CrepeWeights& weights) {
  const auto channels = crepe_channels(weights.capacity());
  for (size_t i = 0; i < weights.layers.size(); ++i) {
    const CrepeLayer& layer = weights.layers[i];
    const auto outputs = static_cast<size_t>(layer.outputs);
    const int64_t taps = i == 0 ? kCrepeFirstTaps : kCrepeTaps, inputs = i == 0 ? 1 : channels[i - 1];
    if (layer.taps != taps || layer.inputs != inputs || layer.outputs != channels[i] ||
        layer.outputs % kPanelColumns != 0 ||
        layer.kernel.size() != static_cast<size_t>(taps * inputs) * outputs || layer.bias.size() != outputs ||
        layer.scale.size() != outputs || layer.shift.size() != outputs)
      throw ShapeError(fmt::format("[crepe] layer {} has other shapes than a capacity of {} asks for", i + 1,
                                   weights.capacity()));
  }
  const auto inputs = static_cast<size_t>(4 * channels.back());
  if (weights.classifier.size() != inputs * kCrepeBins ||
      weights.classifier_bias.size() != static_cast<size_t>(kCrepeBins))
    throw ShapeError("[crepe] the classifier does not fit the last layer");
}

/// The recording at 16 kHz between kPadding zeros.
std::vector<float> padded_recording(std::span<const float> samples, int sample_rate_hz) {
  for (size_t i = 0; i < samples.size(); ++i)
    if (!std::isfinite(samples[i])) throw DataError(fmt::format("[f0] sample {} is not a finite number", i));
  std::vector<float> resampled;
  if (sample_rate_hz != kCrepeRateHz) {
    const double step = static_cast<double>(sample_rate_hz) / kCrepeRateHz;
    resampled =
        dsp::sinc_resample(samples, step, static_cast<int64_t>(static_cast<double>(samples.size()) / step));
    samples = resampled;
  }
  std::vector<float> padded(samples.size() + 2 * kPadding + kCrepeFrameSamples);
  std::copy(samples.begin(), samples.end(), padded.begin() + kPadding);
  return padded;
}

}  // namespace

struct CrepeNetwork::Layers {
  FirstConvolution first;
  std::vector<SpectralConvolution> later;
  std::vector<float> classifier;  ///< [kBinPanels, inputs, 16]
  std::vector<float> classifier_bias;
};

/// The arrays in which a batch of frames is computed, made once for a recording.
class CrepeNetwork::Batch {
 public:
  Batch(const Layers& layers, int64_t most_frames) : layers_(layers) {
    int64_t panels = layers.first.outputs() * kCrepePlaces / 2, spectra = 0, scratch = 0;
    for (const SpectralConvolution& layer : layers.later) {
      spectra = std::max(spectra, std::max(layer.input_spectrum_size(), layer.output_spectrum_size()));
      scratch = std::max(scratch, layer.places() * layer.outputs());
    }
    panels_.resize(static_cast<size_t>(panels));
    in_.resize(static_cast<size_t>(most_frames * spectra));
    out_.resize(in_.size());
    scratch_.resize(static_cast<size_t>(scratch));
    const int64_t features = layers.later.back().outputs() * layers.later.back().places() / 2;
    features_.resize(static_cast<size_t>(most_frames * features));
    logits_.resize(static_cast<size_t>(most_frames * kBinPanels * kPanelColumns));
  }

  /// Frame t of the batch. @param shared_sums  as FirstConvolution::apply has it
  void add(int64_t t, const float* samples, const float* shared_sums) {
    const SpectralConvolution& next = layers_.later.front();
    layers_.first.apply(samples, shared_sums, first_scratch_, panels_.data());
    next.to_spectrum(panels_.data(), in_.data() + t * next.input_spectrum_size());
  }

  /// The same of a frame as the network sees it.
  void add_normalised(int64_t t, const float* samples) {
    const SpectralConvolution& next = layers_.later.front();
    layers_.first.apply_alone(samples, 0, 1, first_scratch_, panels_.data());
    next.to_spectrum(panels_.data(), in_.data() + t * next.input_spectrum_size());
  }

  /// @returns [frames, kBinPanels * 16] activations of the frames that were added
  std::span<const float> finish(int64_t frames) {
    for (size_t i = 0; i < layers_.later.size(); ++i) {
      const SpectralConvolution& layer = layers_.later[i];
      layer.convolve(in_.data(), frames, out_.data());
      const bool is_last = i + 1 == layers_.later.size();
      const int64_t features = layer.outputs() * layer.places() / 2;
      for (int64_t t = 0; t < frames; ++t) {
        float* to = is_last ? features_.data() + t * features : panels_.data();
        layer.from_spectrum(out_.data() + t * layer.output_spectrum_size(), scratch_.data(), to, is_last);
        if (!is_last)
          layers_.later[i + 1].to_spectrum(to, in_.data() + t * layers_.later[i + 1].input_spectrum_size());
      }
    }
    classify(frames);
    return {logits_.data(), static_cast<size_t>(frames * kBinPanels * kPanelColumns)};
  }

 private:
  void classify(int64_t frames) {
    const SpectralConvolution& last = layers_.later.back();
    const int64_t features = last.outputs() * last.places() / 2;
    multiply({.rows = features_.data(),
              .row_count = frames,
              .row_stride = features,
              .depth = features,
              .panels = layers_.classifier.data(),
              .panel_count = kBinPanels,
              .panel_stride = features * kPanelColumns,
              .out = logits_.data(),
              .out_row_step = kBinPanels * kPanelColumns,
              .out_panel_step = kPanelColumns});
    for (int64_t t = 0; t < frames; ++t)
      for (int64_t b = 0; b < kCrepeBins; ++b) {
        float& value = logits_[static_cast<size_t>(t * kBinPanels * kPanelColumns + b)];
        value = 1 / (1 + std::exp(-(value + layers_.classifier_bias[static_cast<size_t>(b)])));
      }
  }

  const Layers& layers_;
  std::vector<float> panels_, in_, out_, scratch_, first_scratch_, features_, logits_;
};

CrepeNetwork::CrepeNetwork(const CrepeWeights& weights) {
  check_shapes(weights);
  std::vector<SpectralConvolution> later;
  int64_t places = kCrepePlaces / 2;
  for (size_t i = 1; i < weights.layers.size(); ++i, places /= 2)
    later.emplace_back(weights.layers[i], places);
  const int64_t inputs = 4 * weights.layers.back().outputs;
  std::vector<float> classifier(static_cast<size_t>(kBinPanels * inputs * kPanelColumns));
  for (int64_t i = 0; i < inputs; ++i)
    for (int64_t b = 0; b < kCrepeBins; ++b)
      classifier[static_cast<size_t>((b / kPanelColumns * inputs + i) * kPanelColumns + b % kPanelColumns)] =
          weights.classifier[static_cast<size_t>(i * kCrepeBins + b)];
  layers_ = std::make_unique<const Layers>(Layers{FirstConvolution(weights.layers[0]), std::move(later),
                                                  std::move(classifier), weights.classifier_bias});
}

CrepeNetwork::~CrepeNetwork() = default;

dsp::FeatureMatrix CrepeNetwork::activations(std::span<const float> samples, int sample_rate_hz,
                                             const CrepeFrames& frames) const {
  if (sample_rate_hz <= 0)
    throw ConfigError(fmt::format("[f0] sample rate must be > 0, got {}", sample_rate_hz));
  if (!(frames.hop_s * sample_rate_hz >= 1) || !(frames.hop_s * kCrepeRateHz >= 1))
    throw ConfigError(fmt::format("[f0] hop_s must be at least one sample, got {}", frames.hop_s));
  const std::vector<float> recording = padded_recording(samples, sample_rate_hz);
  const double hop = frames.hop_s * kCrepeRateHz;
  dsp::FeatureMatrix matrix{.bins = kCrepeBins, .frames = 0, .hop_s = frames.hop_s, .values = {}};
  matrix.frames =
      1 + static_cast<int64_t>(static_cast<double>(samples.size()) / (frames.hop_s * sample_rate_hz));
  matrix.values.resize(static_cast<size_t>(kCrepeBins * matrix.frames));
  const auto start = [&](int64_t t) {
    return recording.data() + kPadding - kHalfFrame +
           std::min(std::llround(static_cast<double>(t) * hop),
                    static_cast<long long>(recording.size()) - 2 * kPadding);
  };
  const int64_t whole_hop = std::llround(hop);
  const bool shares = std::abs(hop - static_cast<double>(whole_hop)) < 1e-9 &&
                      whole_hop % kPlaceSamples == 0 && whole_hop <= kLongestSharedHop;
  const int64_t batch_frames = std::min(std::max<int64_t>(1, frames.batch_frames), matrix.frames);
  Batch batch(*layers_, batch_frames);
  for (int64_t first = 0; first < matrix.frames; first += batch_frames) {
    throw_if_cancelled();
    const int64_t count = std::min(batch_frames, matrix.frames - first);
    FirstConvolution::Shared shared;
    if (shares) shared = layers_->first.share(start(first), count, whole_hop);
    for (int64_t t = 0; t < count; ++t)
      batch.add(
          t, start(first + t),
          shares ? shared.sums.data() + t * whole_hop / kPlaceSamples * layers_->first.outputs() : nullptr);
    const std::span<const float> values = batch.finish(count);
    for (int64_t b = 0; b < kCrepeBins; ++b)
      for (int64_t t = 0; t < count; ++t)
        matrix.values[static_cast<size_t>(b * matrix.frames + first + t)] =
            values[static_cast<size_t>(t * kBinPanels * kPanelColumns + b)];
  }
  return matrix;
}

std::vector<float> CrepeNetwork::activations_of_frames(std::span<const float> frames) const {
  if (frames.size() % kCrepeFrameSamples != 0)
    throw ShapeError(
        fmt::format("[crepe] {} samples are no whole frames of {}", frames.size(), kCrepeFrameSamples));
  const auto total = static_cast<int64_t>(frames.size()) / kCrepeFrameSamples;
  const int64_t batch_frames = std::min(CrepeFrames{}.batch_frames, std::max<int64_t>(1, total));
  std::vector<float> activations;
  Batch batch(*layers_, batch_frames);
  for (int64_t first = 0; first < total; first += batch_frames) {
    throw_if_cancelled();
    const int64_t count = std::min(batch_frames, total - first);
    for (int64_t t = 0; t < count; ++t)
      batch.add_normalised(t, frames.data() + (first + t) * kCrepeFrameSamples);
    const std::span<const float> values = batch.finish(count);
    for (int64_t t = 0; t < count; ++t)
      activations.insert(activations.end(), values.begin() + t * kBinPanels * kPanelColumns,
                         values.begin() + t * kBinPanels * kPanelColumns + kCrepeBins);
  }
  return activations;
}

}  // namespace melomine::pitch
