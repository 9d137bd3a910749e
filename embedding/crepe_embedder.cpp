#include "embedding/crepe_embedder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "embedding/embed_windows.h"
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
  // N samples have 1 + N / hop frames.
  const double duration_s =
      pitch::kActivationHop_s * static_cast<double>(std::max<int64_t>(0, activation.frames() - 1));
  const auto draw = [&](double start_s, std::span<float> image) {
    return pitch::draw_activation(activation, std::llround(start_s / pitch::kActivationHop_s), columns_,
                                  front_end_.voicing, image);
  };
  return embed_windows(*encoder_, front_end_.window,
                       {.rows = pitch::kImageRows,
                        .columns = columns_,
                        .duration_s = duration_s,
                        .min_voiced = front_end_.min_voiced,
                        .draw = draw},
                       device_, batch_size_);
}

}  // namespace melomine::embedding
