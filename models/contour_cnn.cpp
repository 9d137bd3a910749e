#include "models/contour_cnn.h"

#include "core/error.h"
#include "models/batch_norm.h"
#include "models/contour_input.h"

namespace melomine::models {

void bind(configs::Binder& b, ContourCnnConfig& c) {
  b.integer("width", c.width, configs::at_least(1),
            "channels of the first block; the next have 3 and 4 times as many");
  b.integer("kernel", c.kernel, configs::at_least(1), "frames of a convolution, odd");
  b.integer("places", c.places, configs::at_least(1), "parts of the window whose means are kept apart");
  b.require(c.kernel % 2 == 1, "kernel", "must be odd");
}

configs::KindEntry contour_cnn_kind() {
  return configs::kind<EncoderKindOf<ContourCnn, ContourCnnConfig>>(
      "contour_cnn", "small convolutional network over melody contours");
}

ContourCnn::ContourCnn(const ContourCnnConfig& config, const EncoderShape& shape, uint64_t seed)
    : embedding_dim_(shape.embedding_dim), places_(config.places) {
  if (config.kernel % 2 == 0) throw ConfigError("[contour_cnn] kernel must be odd");
  const RandomStream random({seed, stream_id("contour_cnn")});
  const int64_t w = config.width;
  using Shape = SequenceConvolution::Shape;
  blocks_.push_back(register_module(
      "block1", std::make_shared<SequenceBlock>(Shape{3, w, config.kernel}, random.child(1))));
  blocks_.push_back(register_module(
      "block2", std::make_shared<SequenceBlock>(Shape{w, 3 * w, config.kernel}, random.child(2))));
  conv_ = register_module(
      "conv3", std::make_shared<SequenceConvolution>(Shape{3 * w, 4 * w, config.kernel}, random.child(3)));
  norm_ = register_module("norm3", torch::nn::BatchNorm1d(4 * w));
  fc_ =
      register_module("fc", std::make_shared<Linear>(4 * w * places_, shape.embedding_dim, random.child(4)));
}

torch::Tensor ContourCnn::forward(torch::Tensor x) {
  auto y = contour_input("contour_cnn", x, 4);
  for (const auto& block : blocks_) y = block->forward(y);
  y = batch_norm(*norm_, conv_->forward(y)).relu_();
  if (y.size(2) != places_) y = torch::adaptive_avg_pool1d(y, places_);
  return unit_rows(fc_->forward(y.flatten(1)));
}

}  // namespace melomine::models
