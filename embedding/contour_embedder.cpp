#include "embedding/contour_embedder.h"

#include <algorithm>
#include <cmath>

#include "embedding/embed_windows.h"

namespace melomine::embedding {
namespace {

class HeardContour : public retrieval::HeardMelody {
 public:
  HeardContour(const ContourEmbedder& embedder, dsp::Contour contour)
      : embedder_(embedder), contour_(std::move(contour)) {}
  bool has_pitch() const override {
    return std::count(contour_.voiced.begin(), contour_.voiced.end(), uint8_t{1}) > 0;
  }
  const dsp::Contour* contour() const override { return &contour_; }
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
  const dsp::Contour melody = dsp::with_rests(contour, front_end_.view.rests);
  const bool masked = front_end_.min_voiced > 0 && front_end_.view.rests != dsp::Rests::kRemove;
  const auto draw = [&](double start_s, std::span<float> image) {
    const auto first = std::llround(start_s / front_end_.hop_s);
    dsp::draw_contour(melody, first, frames_, front_end_.view, image);
    return masked ? dsp::voiced_share(melody, first, frames_) : 1;
  };
  return embed_windows(*encoder_, front_end_.window,
                       {.rows = 2,
                        .columns = frames_,
                        .duration_s = melody.duration_s(),
                        .min_voiced = masked ? front_end_.min_voiced : 0,
                        .draw = draw},
                       device_, batch_size_);
}

}  // namespace melomine::embedding
