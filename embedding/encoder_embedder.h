#pragma once

#include <memory>

#include "dsp/feature_kind.h"
#include "embedding/device_cqt.h"
#include "embedding/model_config.h"
#include "models/encoder.h"
#include "retrieval/embedder.h"

namespace melomine::embedding {

/// M_i for those who know no torch: features of the whole recording once, windows sliced from them, encoded
/// in large batches without gradient; or, where the front end says so, batches of windows on the encoder's
/// device. Window t is centred on W/2 + t·S, its first frame rounded to the
/// feature's hop. Embedding changes neither it nor the encoder, so several threads may embed at once.
class EncoderEmbedder : public retrieval::Embedder {
 public:
  /// @param encoder     in evaluation mode whenever `embed` is called, as load_model leaves it; one that is
  ///                    being trained is lent for the time of a models::EvaluationMode
  /// @param batch_size  windows encoded at once
  EncoderEmbedder(std::shared_ptr<models::Encoder> encoder, const datasets::FrontEnd& front_end,
                  torch::Device device, int64_t batch_size = 64);
  int64_t dim() const override { return encoder_->embedding_dim(); }
  double hop_s() const override { return front_end_.window.step_s; }
  double window_s() const override { return front_end_.window.length_s; }
  /// @throws ShapeError for audio of another sample rate, ConfigError while the encoder is in training mode
  retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override;

 private:
  retrieval::FingerprintSequence embed_on_device(const dsp::AudioBuffer& audio) const;

  std::shared_ptr<models::Encoder> encoder_;
  datasets::FrontEnd front_end_;
  torch::Device device_;
  int64_t batch_size_, frames_;
  std::unique_ptr<const dsp::FeatureExtractor> extractor_;
  std::unique_ptr<const DeviceCqt> device_cqt_;  ///< one of the two computes the feature, the other is none
};

}  // namespace melomine::embedding
