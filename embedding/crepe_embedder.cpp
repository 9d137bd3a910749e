#include "embedding/crepe_embedder.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/time_interval.h"
#include "melody/ridge.h"
#include "pitch/activation_image.h"
#include "pitch/crepe_path.h"
#include "pitch/crepe_weights.h"

namespace melomine::embedding {
namespace {

class HeardActivation : public retrieval::HeardMelody {
 public:
  HeardActivation(const CrepeEmbedder& embedder, pitch::Activation activation)
      : embedder_(embedder), activation_(std::move(activation)) {}
  bool has_pitch() const override { return pitch::has_pitch(activation_, embedder_.voicing()); }
  retrieval::FingerprintSequence embed(double tempo_ratio) const override {
    return tempo_ratio == 1 ? embedder_.embed(activation_)
                            : embedder_.embed(pitch::stretched(activation_, tempo_ratio));
  }

 private:
  const CrepeEmbedder& embedder_;
  pitch::Activation activation_;
};

/// What CREPE would find in a clear voice that sings the notes.
pitch::Activation activation_of(std::span<const dsp::Note> notes) {
  double end_s = 0;
  for (const dsp::Note& note : notes) end_s = std::max(end_s, note.end_s);
  dsp::FeatureMatrix ridge{.bins = pitch::kCrepeBins,
                           .frames = std::llround(end_s / pitch::kActivationHop_s),
                           .hop_s = pitch::kActivationHop_s,
                           .values = {}};
  ridge.values.resize(static_cast<size_t>(ridge.bins * ridge.frames));
  melody::draw_ridge(notes, ridge.hop_s, 0, ridge.frames,
                     {.bins = ridge.bins,
                      .bins_per_octave = 60,
                      .fmin_midi = 69 + 12 * std::log2(pitch::crepe_bin_hz(0) / 440),
                      .width_semitones = 0.25,
                      .centred = false},
                     ridge.values);
  return pitch::kept(ridge);
}

}  // namespace

CrepeEmbedder::CrepeEmbedder(std::shared_ptr<models::Encoder> encoder, const CrepeFrontEnd& front_end,
                             torch::Device device, int64_t batch_size)
    : encoder_(std::move(encoder)),
      front_end_(front_end),
      device_(device),
      batch_size_(batch_size),
      columns_(window_columns(front_end)),
      ear_(front_end.weights, front_end.cache) {}

std::unique_ptr<const retrieval::HeardMelody> CrepeEmbedder::hear(const dsp::AudioBuffer& audio) const {
  return std::make_unique<HeardActivation>(*this, ear_.hear(audio.samples, audio.sample_rate_hz));
}

std::unique_ptr<const retrieval::HeardMelody> CrepeEmbedder::read(std::span<const dsp::Note> notes) const {
  return std::make_unique<HeardActivation>(*this, activation_of(notes));
}

retrieval::FingerprintSequence CrepeEmbedder::embed(const pitch::Activation& activation) const {
  if (encoder_->is_training())
    throw ConfigError("[embed] the encoder is in training mode; hold a models::EvaluationMode meanwhile");
  const auto& window = front_end_.window;
  retrieval::FingerprintSequence sequence;
  sequence.dim = dim();
  sequence.hop_s = window.step_s;
  sequence.first_center_s = 0.5 * window.length_s;
  // N samples have 1 + N / hop frames.
  const double duration_s =
      pitch::kActivationHop_s * static_cast<double>(std::max<int64_t>(0, activation.frames() - 1));
  const double beyond_s = duration_s - window.length_s + kTimeSlack_s;
  sequence.steps = beyond_s < 0 ? 1 : 1 + static_cast<int64_t>(beyond_s / window.step_s);
  sequence.values.resize(static_cast<size_t>(sequence.steps * sequence.dim));
  const bool masked = front_end_.min_voiced > 0;
  if (masked) sequence.voiced.assign(static_cast<size_t>(sequence.steps), 1);

  const torch::NoGradGuard no_gradient;
  const int64_t image_values = pitch::kImageRows * columns_;
  for (int64_t begin = 0; begin < sequence.steps; begin += batch_size_) {
    const int64_t count = std::min(batch_size_, sequence.steps - begin);
    auto input = torch::zeros({count, 1, pitch::kImageRows, columns_});
    float* image = input.data_ptr<float>();
    for (int64_t i = 0; i < count; ++i, image += image_values) {
      const auto first =
          std::llround(static_cast<double>(begin + i) * window.step_s / pitch::kActivationHop_s);
      const double voiced = pitch::draw_activation(activation, first, columns_, front_end_.voicing,
                                                   {image, static_cast<size_t>(image_values)});
      if (masked && voiced < front_end_.min_voiced) sequence.voiced[static_cast<size_t>(begin + i)] = 0;
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
