#include "models/conformer.h"

#include <sstream>
#include <string>

#include "core/error.h"

namespace melomine::models {
namespace {

constexpr configs::Range kConformerDropout = {.min = 0, .max = 1, .open_max = true};

void check_conformer(const ConformerConfig& c, const EncoderShape& shape) {
  for (const int64_t size : {c.bins, c.layers, c.d_model, c.feed_forward, c.heads, c.kernel,
                             c.bins_per_octave, shape.input_channels, shape.embedding_dim})
    if (size < 1) throw ConfigError("[conformer] sizes must be >= 1, got " + std::to_string(size));
  if (c.d_model % 2 != 0 || c.d_model % c.heads != 0)
    throw ConfigError("[conformer] d_model must be even and a multiple of heads");
  if (c.kernel % 2 == 0) throw ConfigError("[conformer] kernel must be odd");
  if (c.bins_per_octave % 2 != 0) throw ConfigError("[conformer] bins_per_octave must be even");
  if (!configs::holds(kConformerDropout, c.dropout))
    throw ConfigError("[conformer] dropout must be in [0, 1), got " + std::to_string(c.dropout));
}

std::shared_ptr<SequenceLayer> make_layer(const ConformerConfig& config, const RandomStream& random) {
  const LayerShape shape{.width = config.d_model,
                         .feed_forward = config.feed_forward,
                         .heads = config.heads,
                         .kernel = config.kernel,
                         .dropout = config.dropout,
                         .positions = config.attention};
  if (config.block == LayerType::kConformer) return std::make_shared<ConformerBlock>(shape, random);
  return std::make_shared<TransformerBlock>(shape, random);
}

int64_t quarter(int64_t size) {
  return (size + 3) / 4;
}

}  // namespace

void bind(configs::Binder& b, ConformerConfig& c) {
  b.integer("bins", c.bins, configs::at_least(1),
            "bins F of the features, as many as front_end.features has");
  b.integer("layers", c.layers, configs::at_least(1), "Conformer or Transformer layers");
  b.integer("d_model", c.d_model, configs::at_least(2), "width of the layers, channels of the prelayer");
  b.integer("feed_forward", c.feed_forward, configs::at_least(1), "inner width of the feed-forward modules");
  b.integer("heads", c.heads, configs::at_least(1), "heads of the attention; d_model is a multiple of them");
  b.integer("kernel", c.kernel, configs::at_least(1),
            "depthwise convolution of a Conformer layer, steps; odd");
  b.number("dropout", c.dropout, kConformerDropout, "share of numbers set to 0 in training; 0: none");
  b.enumeration("attention", c.attention,
                {{"relative", Positions::kRelative}, {"absolute", Positions::kAbsolute}},
                "relative: by distances, in every layer; absolute: sinusoids added to the input once");
  b.enumeration("block", c.block,
                {{"conformer", LayerType::kConformer}, {"transformer", LayerType::kTransformer}},
                "of what the layers are made");
  b.boolean("harmonic_blocks", c.harmonic_blocks, "false: the layers follow the prelayer at once");
  b.integer("bins_per_octave", c.bins_per_octave, configs::at_least(2),
            "the harmonic blocks' kernels are 1 to 6 octaves of so many bins; even");
  b.boolean("prelayer", c.prelayer,
            "true: two convolutions of stride 2 and a linear map; false: a linear map of each frame");
  b.require(c.d_model % 2 == 0 && c.heads > 0 && c.d_model % c.heads == 0, "d_model",
            "must be even and a multiple of heads");
  b.require(c.kernel % 2 == 1, "kernel", "must be odd");
  b.require(c.bins_per_octave % 2 == 0, "bins_per_octave", "must be even");
}

configs::KindEntry conformer_kind() {
  return configs::kind<EncoderKindOf<Conformer, ConformerConfig>>(
      "conformer", "convolutional prelayer, harmonic blocks and Conformer layers (Kung 2025)");
}

ConvolutionalPrelayer::ConvolutionalPrelayer(const Shape& shape, const RandomStream& random) {
  using Kernel = AxisConvolution::Shape;
  conv1_ = register_module("conv1", std::make_shared<AxisConvolution>(
                                        Kernel{shape.channels, shape.width, 3, 3, 2}, random.child(0)));
  conv2_ = register_module(
      "conv2", std::make_shared<AxisConvolution>(Kernel{shape.width, shape.width, 3, 3, 2}, random.child(1)));
  linear_ = register_module(
      "linear", std::make_shared<Linear>(shape.width * quarter(shape.bins), shape.width, random.child(2)));
}

torch::Tensor ConvolutionalPrelayer::forward(const torch::Tensor& x) {
  const auto y = conv2_->forward(conv1_->forward(x).relu_()).relu_();
  return linear_->forward(y.permute({0, 3, 1, 2}).flatten(2));
}

Conformer::Conformer(const ConformerConfig& config, const EncoderShape& shape, uint64_t seed)
    : config_(config), shape_(shape) {
  check_conformer(config, shape);
  const RandomStream random({seed, stream_id("conformer")});
  if (config.prelayer)
    prelayer_ = register_module(
        "prelayer", std::make_shared<ConvolutionalPrelayer>(
                        ConvolutionalPrelayer::Shape{shape.input_channels, config.bins, config.d_model},
                        random.child(0)));
  else
    linear_ = register_module("linear", std::make_shared<Linear>(shape.input_channels * config.bins,
                                                                 config.d_model, random.child(0)));
  if (config.harmonic_blocks)
    harmonic_ = register_module("harmonic",
                                std::make_shared<HarmonicBlocks>(config.bins_per_octave, random.child(1)));
  const auto layers = register_module("layers", std::make_shared<torch::nn::Module>());
  for (int64_t i = 0; i < config.layers; ++i)
    layers_.push_back(layers->register_module(
        std::to_string(i), make_layer(config, random.child(100 + static_cast<uint64_t>(i)))));
  if (shape.embedding_dim != config.d_model)
    fc_ =
        register_module("fc", std::make_shared<Linear>(config.d_model, shape.embedding_dim, random.child(2)));
}

/// What the layers take: [B, steps, d].
torch::Tensor Conformer::enter(const torch::Tensor& x) {
  auto y = prelayer_ ? prelayer_->forward(x) : linear_->forward(x.permute({0, 3, 1, 2}).flatten(2));
  if (harmonic_) y = harmonic_->forward(y.transpose(1, 2).unsqueeze(1)).squeeze(1).transpose(1, 2);
  return y;
}

torch::Tensor Conformer::forward(torch::Tensor x) {
  if (x.dim() != 4 || x.size(1) != shape_.input_channels || x.size(2) != config_.bins || x.size(0) < 1 ||
      x.size(3) < 1) {
    std::ostringstream message;
    message << "[conformer] takes [B, " << shape_.input_channels << ", " << config_.bins << ", T], got "
            << x.sizes() << "; encoder.bins must be the number of bins of the features";
    throw ShapeError(message.str());
  }
  auto y = enter(x);
  torch::Tensor distances;
  if (config_.attention == Positions::kRelative)
    distances = distance_sinusoids(y.size(1), config_.d_model, y);
  else
    y = y + sinusoids({.first = 0, .count = y.size(1), .step = 1}, config_.d_model, y);
  y = torch::dropout(y, config_.dropout, is_training());
  for (const auto& layer : layers_) y = layer->forward(y, distances);
  y = y.mean(1);
  return unit_rows(fc_ ? fc_->forward(y) : y);
}

}  // namespace melomine::models
