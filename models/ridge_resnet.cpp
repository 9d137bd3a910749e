#include "models/ridge_resnet.h"

#include "core/error.h"

namespace melomine::models {
namespace {

constexpr double kNarrowest = 0.25;  // bins: of a pitch between two bins exp(-2) = 0.14 is still seen

bool shows_every_pitch(const RidgeImage& image) {
  return image.width * static_cast<double>(image.bins) >= kNarrowest * image.span;
}

}  // namespace

void bind(configs::Binder& b, RidgeResNetConfig& c) {
  bind(b, c.network);
  b.integer("bins", c.image.bins, configs::between(1, 4096), "height of the image");
  b.number("span", c.image.span, configs::above(0),
           "height of the image in units of front_end.view.scale_semitones, its middle at pitch 0 (6.52: 36 "
           "semitones of 5.52)");
  b.number("ridge_width", c.image.width, configs::above(0),
           "standard deviation of a ridge in the same units (0.0725: 0.4 semitones, a bin)");
  b.require(shows_every_pitch(c.image), "ridge_width",
            "must be at least a quarter of a bin (span / bins), or pitches between two bins are not seen");
}

configs::KindEntry ridge_resnet18_kind() {
  return configs::kind<EncoderKindOf<RidgeResNet18, RidgeResNetConfig>>(
      "ridge_resnet18", "residual network of 18 layers over melody contours, drawn as pitch ridges");
}

RidgeResNet18::RidgeResNet18(const RidgeResNetConfig& config, const EncoderShape& shape, uint64_t seed)
    : image_(config.image) {
  if (image_.bins < 1 || !(image_.span > 0) || !(image_.width > 0) || !shows_every_pitch(image_))
    throw ConfigError(
        "[ridge_resnet18] bins, span and ridge_width must be above 0, ridge_width at least a quarter of a "
        "bin");
  // The image has one channel, whatever the shape says of the features.
  resnet_ = register_module(
      "resnet", std::make_shared<ResNet18>(config.network, EncoderShape{1, shape.embedding_dim}, seed));
}

torch::Tensor RidgeResNet18::forward(torch::Tensor x) {
  return resnet_->forward(ridge_input("ridge_resnet18", x, image_));
}

}  // namespace melomine::models
