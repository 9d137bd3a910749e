#include "embedding/encoder_embedder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "dsp/log_magnitude.h"
#include "embedding/embed_windows.h"

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
  const auto rate_hz = front_end_.features.grid.sample_rate_hz;
  if (audio.sample_rate_hz != rate_hz)
    throw ShapeError(fmt::format("[embed] audio has {} Hz, the encoder was trained on {} Hz",
                                 audio.sample_rate_hz, rate_hz));
  const dsp::FeatureMatrix feature = extractor_->extract(audio.samples);
  const double frames_per_s =
      static_cast<double>(rate_hz) / static_cast<double>(front_end_.features.grid.hop_samples);
  const auto draw = [&](double start_s, std::span<float> image) {
    copy_window(feature, std::llround(start_s * frames_per_s), frames_, image.data());
    dsp::normalise_log_magnitude(image, front_end_.floor_db);
    return 1.0;
  };
  return embed_windows(
      *encoder_, front_end_.window,
      {.rows = feature.bins, .columns = frames_, .duration_s = audio.duration_s(), .draw = draw}, device_,
      batch_size_);
}

}  // namespace melomine::embedding
