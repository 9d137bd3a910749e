#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/contour_layers.h"
#include "models/encoder.h"
#include "models/layers.h"

namespace melomine::models {

/// How a sequence of features becomes one vector.
enum class Summary {
  kGru,        ///< the state of a gated recurrent unit after the last frame
  kAttention,  ///< mean of the frames, weighted by a softmax of a learned score
  kMean,       ///< mean of the frames
};

struct MelodyDnnConfig {
  int64_t width = 64;  ///< channels of the first block; each next one has twice as many, at most 8 times
  int64_t blocks = 4;  ///< each halves L
  Summary summary = Summary::kGru;
};
void bind(configs::Binder& b, MelodyDnnConfig& c);

/// Encoder of melody contours (melody embedding, SYSTEMS.md D): 1-D convolutions of 3 frames with
/// max-pooling, a summary over time, linear map to D, L2 norm. Batch norm after each convolution is ours.
class MelodyDnn : public Encoder {
 public:
  MelodyDnn(const MelodyDnnConfig& config, const EncoderShape& shape, uint64_t seed);
  /// @param x  [B, 1, 2, L], L >= 2^blocks
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return embedding_dim_; }

 private:
  /// @param y  [B, C, L] @returns [B, C]
  torch::Tensor summarise(const torch::Tensor& y);

  int64_t embedding_dim_;
  Summary summary_;
  std::vector<std::shared_ptr<SequenceBlock>> blocks_;
  std::shared_ptr<GatedRecurrence> gru_;
  std::shared_ptr<SequenceConvolution> score_;
  std::shared_ptr<Linear> fc_;
};

}  // namespace melomine::models
