#include "embedding/contour_embedder.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/time_interval.h"

namespace melomine::embedding {
namespace {

class HeardContour : public retrieval::HeardMelody {
 public:
  HeardContour(const ContourEmbedder& embedder, dsp::Contour contour)
      : embedder_(embedder), contour_(std::move(contour)) {}
  bool has_pitch() const override {
    return std::count(contour_.voiced.begin(), contour_.voiced.end(), uint8_t{1}) > 0;
  }
  retrieval::FingerprintSequence embed(double tempo_ratio) const override {
    return embedder_.embed(dsp::stretched(contour_, tempo_ratio));
  }

 private:
  const ContourEmbedder& embedder_;
  dsp::Contour contour_;
};

}  // namespace

ContourEmbedder::ContourEmbedder(std::shared_ptr<models::Encoder> encoder, const ContourFrontEnd& front_end,
                                 torch::Device device, int64_t batch_size)
    : encoder_(std::move(encoder)),
      front_end_(front_end),
      device_(device),
      batch_size_(batch_size),
      frames_(window_frames(front_end)),
      tracker_(pitch::make_tracker(front_end.f0)) {}

dsp::Contour ContourEmbedder::contour_of(const dsp::AudioBuffer& audio) const {
  return dsp::contour_of(tracker_->track(audio.samples, audio.sample_rate_hz), front_end_.hop_s);
}

dsp::Contour ContourEmbedder::contour_of(std::span<const dsp::Note> notes) const {
  return dsp::contour_of(notes, front_end_.hop_s);
}

std::unique_ptr<const retrieval::HeardMelody> ContourEmbedder::hear(const dsp::AudioBuffer& audio) const {
  return std::make_unique<HeardContour>(*this, contour_of(audio));
}

std::unique_ptr<const retrieval::HeardMelody> ContourEmbedder::read(std::span<const dsp::Note> notes) const {
  return std::make_unique<HeardContour>(*this, contour_of(notes));
}

retrieval::FingerprintSequence ContourEmbedder::embed(const dsp::Contour& contour) const {
  if (encoder_->is_training())
    throw ConfigError("[embed] the encoder is in training mode; hold a models::EvaluationMode meanwhile");
  const dsp::Contour melody = dsp::with_rests(contour, front_end_.view.rests);
  const auto& window = front_end_.window;
  retrieval::FingerprintSequence sequence;
  sequence.dim = dim();
  sequence.hop_s = window.step_s;
  sequence.first_center_s = 0.5 * window.length_s;
  const double beyond_s = melody.duration_s() - window.length_s + kTimeSlack_s;
  sequence.steps = beyond_s < 0 ? 1 : 1 + static_cast<int64_t>(beyond_s / window.step_s);
  sequence.values.resize(static_cast<size_t>(sequence.steps * sequence.dim));
  const bool masked = front_end_.min_voiced > 0 && front_end_.view.rests != dsp::Rests::kRemove;
  if (masked) sequence.voiced.assign(static_cast<size_t>(sequence.steps), 1);

  const torch::NoGradGuard no_gradient;
  for (int64_t begin = 0; begin < sequence.steps; begin += batch_size_) {
    const int64_t count = std::min(batch_size_, sequence.steps - begin);
    auto input = torch::zeros({count, 1, 2, frames_});
    float* image = input.data_ptr<float>();
    for (int64_t i = 0; i < count; ++i, image += 2 * frames_) {
      const auto first = std::llround(static_cast<double>(begin + i) * window.step_s / front_end_.hop_s);
      dsp::draw_contour(melody, first, frames_, front_end_.view, {image, static_cast<size_t>(2 * frames_)});
      if (masked && dsp::voiced_share(melody, first, frames_) < front_end_.min_voiced)
        sequence.voiced[static_cast<size_t>(begin + i)] = 0;
    }
    const auto z = encoder_->forward(input.to(device_)).to(torch::kCPU).contiguous();
    std::memcpy(sequence.values.data() + begin * sequence.dim, z.data_ptr<float>(),
                static_cast<size_t>(count * sequence.dim) * sizeof(float));
  }
  for (int64_t t = 0; masked && t < sequence.steps; ++t)
    if (sequence.voiced[static_cast<size_t>(t)] == 0)
      std::fill_n(sequence.values.begin() + t * sequence.dim, sequence.dim, 0.0f);
  return sequence;
}

}  // namespace melomine::embedding
