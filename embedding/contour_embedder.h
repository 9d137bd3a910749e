#pragma once

#include <memory>

#include "dsp/contour.h"
#include "embedding/contour_front_end.h"
#include "models/encoder.h"
#include "retrieval/melody_embedder.h"

namespace melomine::embedding {

/// M_i over melody contours: windows of L frames, encoded in large batches without gradient. Window t is
/// centred on W/2 + t·S, of sung time where rests are removed. It changes nothing, so several threads may
/// embed at once.
class ContourEmbedder : public retrieval::MelodyEmbedder {
 public:
  /// @param encoder     takes [B, 1, 2, L]; in evaluation mode whenever `embed` is called
  /// @param batch_size  windows encoded at once
  ContourEmbedder(std::shared_ptr<models::Encoder> encoder, const ContourFrontEnd& front_end,
                  torch::Device device, int64_t batch_size = 512);
  int64_t dim() const override { return encoder_->embedding_dim(); }
  double hop_s() const override { return front_end_.window.step_s; }
  double window_s() const override { return front_end_.window.length_s; }
  bool hears_sung_time() const override { return front_end_.view.rests == dsp::Rests::kRemove; }
  std::unique_ptr<const retrieval::HeardMelody> hear(const dsp::AudioBuffer& audio) const override;
  std::unique_ptr<const retrieval::HeardMelody> read(std::span<const dsp::Note> notes) const override;
  dsp::Contour contour_of(const dsp::AudioBuffer& audio) const;
  dsp::Contour contour_of(std::span<const dsp::Note> notes) const;
  using MelodyEmbedder::embed;
  /// @throws ConfigError while the encoder is in training mode
  retrieval::FingerprintSequence embed(const dsp::Contour& contour) const;

 private:
  std::shared_ptr<models::Encoder> encoder_;
  ContourFrontEnd front_end_;
  torch::Device device_;
  int64_t batch_size_, frames_;
  std::unique_ptr<const pitch::F0Tracker> tracker_;
};

}  // namespace melomine::embedding
