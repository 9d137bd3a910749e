#pragma once

#include <cstdint>
#include <vector>

#include "models/contour_layers.h"
#include "models/encoder.h"
#include "models/layers.h"

namespace melomine::models {

struct ContourCnnConfig {
  int64_t width = 32;  ///< channels of the first block; the next have 3 and 4 times as many
  int64_t kernel = 5;  ///< frames, odd
  int64_t places = 7;  ///< parts of the window whose means are kept apart
};
void bind(configs::Binder& b, ContourCnnConfig& c);

/// A small convolutional network over melody contours (ours): two blocks that halve L, a third convolution,
/// the means of some parts of the window side by side, linear map to D, L2 norm. What is kept apart tells the
/// order of the notes.
class ContourCnn : public Encoder {
 public:
  /// @throws ConfigError for an even kernel
  ContourCnn(const ContourCnnConfig& config, const EncoderShape& shape, uint64_t seed);
  /// @param x  [B, 1, 2, L], L >= 4
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return embedding_dim_; }

 private:
  int64_t embedding_dim_, places_;
  std::vector<std::shared_ptr<SequenceBlock>> blocks_;
  std::shared_ptr<SequenceConvolution> conv_;
  torch::nn::BatchNorm1d norm_{nullptr};
  std::shared_ptr<Linear> fc_;
};

}  // namespace melomine::models
