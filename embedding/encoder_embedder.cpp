#include "embedding/encoder_embedder.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/time_interval.h"
#include "dsp/log_magnitude.h"

namespace melomine::embedding {
namespace {

/// Copies frames [first, first + frames) of a feature [F, T] into a window [F, frames]; frames beyond T are
/// 0.
void copy_window(const dsp::FeatureMatrix& feature, int64_t first, int64_t frames, float* window) {
  const int64_t count = std::clamp<int64_t>(feature.frames - first, 0, frames);
  for (int64_t bin = 0; bin < feature.bins; ++bin) {
    const float* row = feature.values.data() + bin * feature.frames + first;
    std::copy(row, row + count, window + bin * frames);
  }
}

}  // namespace

EncoderEmbedder::EncoderEmbedder(std::shared_ptr<models::Encoder> encoder,
                                 const datasets::FrontEnd& front_end, torch::Device device,
                                 int64_t batch_size)
    : encoder_(std::move(encoder)),
      front_end_(front_end),
      device_(device),
      batch_size_(batch_size),
      frames_(datasets::window_frames(front_end.window, front_end.features)),
      extractor_(dsp::make_feature_extractor(front_end.features)) {}

retrieval::FingerprintSequence EncoderEmbedder::embed(const dsp::AudioBuffer& audio) const {
  if (encoder_->is_training())
    throw ConfigError("[embed] the encoder is in training mode; hold a models::EvaluationMode meanwhile");
  const auto rate_hz = front_end_.features.grid.sample_rate_hz;
  if (audio.sample_rate_hz != rate_hz)
    throw ShapeError(fmt::format("[embed] audio has {} Hz, the encoder was trained on {} Hz",
                                 audio.sample_rate_hz, rate_hz));
  const dsp::FeatureMatrix feature = extractor_->extract(audio.samples);
  const double duration_s = audio.duration_s();
  const auto& window = front_end_.window;

  retrieval::FingerprintSequence sequence;
  sequence.dim = dim();
  sequence.hop_s = window.step_s;
  sequence.first_center_s = 0.5 * window.length_s;
  // A hair of tolerance keeps a recording of exactly W + k·S at k + 1 windows.
  sequence.steps =
      duration_s < window.length_s
          ? 1
          : 1 + static_cast<int64_t>((duration_s - window.length_s + kTimeSlack_s) / window.step_s);
  sequence.values.resize(static_cast<size_t>(sequence.steps * sequence.dim));

  const torch::NoGradGuard no_gradient;
  const int64_t window_values = feature.bins * frames_;
  const double frames_per_s =
      static_cast<double>(rate_hz) / static_cast<double>(front_end_.features.grid.hop_samples);
  for (int64_t begin = 0; begin < sequence.steps; begin += batch_size_) {
    const int64_t count = std::min(batch_size_, sequence.steps - begin);
    auto input = torch::zeros({count, 1, feature.bins, frames_});
    float* values = input.data_ptr<float>();
    for (int64_t i = 0; i < count; ++i) {
      const auto first = std::llround(static_cast<double>(begin + i) * window.step_s * frames_per_s);
      copy_window(feature, first, frames_, values + i * window_values);
      dsp::normalise_log_magnitude({values + i * window_values, static_cast<size_t>(window_values)},
                                   front_end_.floor_db);
    }
    const auto z = encoder_->forward(input.to(device_)).to(torch::kCPU).contiguous();
    std::memcpy(sequence.values.data() + begin * sequence.dim, z.data_ptr<float>(),
                static_cast<size_t>(count * sequence.dim) * sizeof(float));
  }
  return sequence;
}

}  // namespace melomine::embedding
