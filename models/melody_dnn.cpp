#include "models/melody_dnn.h"

#include <algorithm>
#include <string>

#include "models/contour_input.h"

namespace melomine::models {

void bind(configs::Binder& b, MelodyDnnConfig& c) {
  b.integer("width", c.width, configs::at_least(1),
            "channels of the first block; each next one has twice as many, at most 8 times");
  b.integer("blocks", c.blocks, configs::between(1, 8), "convolutions with pooling; each halves the frames");
  b.enumeration("summary", c.summary,
                {{"gru", Summary::kGru}, {"attention", Summary::kAttention}, {"mean", Summary::kMean}},
                "over time: the last state of a recurrence, a learned weighted mean, the mean");
}

configs::KindEntry melody_dnn_kind() {
  return configs::kind<EncoderKindOf<MelodyDnn, MelodyDnnConfig>>(
      "melody_dnn", "convolutions over melody contours and a summary over time");
}

MelodyDnn::MelodyDnn(const MelodyDnnConfig& config, const EncoderShape& shape, uint64_t seed)
    : embedding_dim_(shape.embedding_dim), summary_(config.summary) {
  const RandomStream random({seed, stream_id("melody_dnn")});
  int64_t channels = 3;
  for (int64_t i = 0; i < config.blocks; ++i) {
    const int64_t out = config.width * std::min<int64_t>(int64_t{1} << i, 8);
    blocks_.push_back(
        register_module("block" + std::to_string(i + 1),
                        std::make_shared<SequenceBlock>(SequenceConvolution::Shape{channels, out, 3},
                                                        random.child(static_cast<uint64_t>(i)))));
    channels = out;
  }
  if (summary_ == Summary::kGru)
    gru_ = register_module("gru", std::make_shared<GatedRecurrence>(channels, channels, random.child(100)));
  if (summary_ == Summary::kAttention)
    score_ = register_module("score", std::make_shared<SequenceConvolution>(
                                          SequenceConvolution::Shape{channels, 1, 1}, random.child(101)));
  fc_ = register_module("fc", std::make_shared<Linear>(channels, shape.embedding_dim, random.child(102)));
}

torch::Tensor MelodyDnn::summarise(const torch::Tensor& y) {
  if (summary_ == Summary::kGru) return gru_->forward(y);
  if (summary_ == Summary::kAttention) return (y * torch::softmax(score_->forward(y), 2)).sum(2);
  return y.mean(2);
}

torch::Tensor MelodyDnn::forward(torch::Tensor x) {
  auto y = contour_input("melody_dnn", x, int64_t{1} << blocks_.size());
  for (const auto& block : blocks_) y = block->forward(y);
  return unit_rows(fc_->forward(summarise(y)));
}

}  // namespace melomine::models
