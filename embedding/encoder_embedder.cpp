#include "embedding/encoder_embedder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

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

double frames_per_s(const dsp::FrameGrid& grid) {
  return static_cast<double>(grid.sample_rate_hz) / static_cast<double>(grid.hop_samples);
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
      extractor_(front_end.on_device ? nullptr : dsp::make_feature_extractor(front_end.features)),
      device_cqt_(front_end.on_device ? std::make_unique<const DeviceCqt>(device_cqt_of(front_end, device))
                                      : nullptr) {}

/// A batch of windows at a time: their frames are computed once, and windows cut from them.
retrieval::FingerprintSequence EncoderEmbedder::embed_on_device(const dsp::AudioBuffer& audio) const {
  const dsp::FrameGrid& grid = front_end_.features.grid;
  const auto samples = torch::from_blob(const_cast<float*>(audio.samples.data()),
                                        {1, static_cast<int64_t>(audio.samples.size())}, torch::kFloat32)
                           .to(device_);
  const int64_t known = 1 + samples.size(1) / grid.hop_samples;  // frames; others are silence
  const auto make = [&](int64_t begin, int64_t count) {
    const auto first_of = [&](int64_t window) {
      return std::llround(static_cast<double>(window) * front_end_.window.step_s * frames_per_s(grid));
    };
    const int64_t first = first_of(begin), frames = first_of(begin + count - 1) + frames_ - first;
    auto feature = device_cqt_->magnitude(samples, first, frames);
    if (first + frames > known)
      feature.narrow(2, std::max<int64_t>(0, known - first), frames - std::max<int64_t>(0, known - first))
          .zero_();
    std::vector<torch::Tensor> windows;
    windows.reserve(static_cast<size_t>(count));
    for (int64_t i = begin; i < begin + count; ++i)
      windows.push_back(feature.narrow(2, first_of(i) - first, frames_));
    return normalised_log_magnitude(torch::cat(windows), front_end_.floor_db).unsqueeze(1);
  };
  return encode_windows(*encoder_, front_end_.window, audio.duration_s(), batch_size_, make);
}

retrieval::FingerprintSequence EncoderEmbedder::embed(const dsp::AudioBuffer& audio) const {
  const auto rate_hz = front_end_.features.grid.sample_rate_hz;
  if (audio.sample_rate_hz != rate_hz)
    throw ShapeError(fmt::format("[embed] audio has {} Hz, the encoder was trained on {} Hz",
                                 audio.sample_rate_hz, rate_hz));
  if (device_cqt_) return embed_on_device(audio);
  const dsp::FeatureMatrix feature = extractor_->extract(audio.samples);
  const double rate = frames_per_s(front_end_.features.grid);
  const auto draw = [&](double start_s, std::span<float> image) {
    copy_window(feature, std::llround(start_s * rate), frames_, image.data());
    dsp::normalise_log_magnitude(image, front_end_.floor_db);
    return 1.0;
  };
  return embed_windows(
      *encoder_, front_end_.window,
      {.rows = feature.bins, .columns = frames_, .duration_s = audio.duration_s(), .draw = draw}, device_,
      batch_size_);
}

}  // namespace melomine::embedding
