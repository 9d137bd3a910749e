#pragma once

#include <memory>

#include "embedding/crepe_front_end.h"
#include "models/encoder.h"
#include "pitch/activation.h"
#include "pitch/crepe_ear.h"
#include "retrieval/melody_embedder.h"

namespace melomine::embedding {

/// M_i over CREPE's activation, which is found once for a recording at all tempos, and drawn where a score
/// has notes. Window t is centred on W/2 + t·S, its first frame rounded to 10 ms; its image depends on what
/// lies in it alone. It changes nothing, so several threads may embed at once.
class CrepeEmbedder : public retrieval::MelodyEmbedder {
 public:
  /// @param encoder     takes [B, 1, 80, columns]; in evaluation mode whenever something is embedded
  /// @param batch_size  windows encoded at once
  /// @throws DataError for a file of weights that cannot be used
  CrepeEmbedder(std::shared_ptr<models::Encoder> encoder, const CrepeFrontEnd& front_end,
                torch::Device device, int64_t batch_size = 64);
  int64_t dim() const override { return encoder_->embedding_dim(); }
  double hop_s() const override { return front_end_.window.step_s; }
  double window_s() const override { return front_end_.window.length_s; }
  std::unique_ptr<const retrieval::HeardMelody> hear(const dsp::AudioBuffer& audio) const override;
  /// Ridges of 25 cents' deviation, the target that CREPE was trained on, as of a voice that is sure.
  std::unique_ptr<const retrieval::HeardMelody> read(std::span<const dsp::Note> notes) const override;
  using MelodyEmbedder::embed;
  /// @throws ConfigError while the encoder is in training mode
  retrieval::FingerprintSequence embed(const pitch::Activation& activation) const;
  double voicing() const { return front_end_.voicing; }

 private:
  std::shared_ptr<models::Encoder> encoder_;
  CrepeFrontEnd front_end_;
  torch::Device device_;
  int64_t batch_size_, columns_;
  pitch::CrepeEar ear_;
};

}  // namespace melomine::embedding
