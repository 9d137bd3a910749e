#include "datasets/feature_images.h"
#include "embedding/encoder_embedder.h"
#include "embedding/front_end_kind.h"
#include "models/torch_compat.h"

namespace melomine::embedding {
namespace {

class ImageFrontEnd : public configs::KindOf<ImageFrontEnd, FrontEndKind, datasets::FrontEnd> {
 public:
  datasets::WindowConfig& window() override { return config.window; }
  std::unique_ptr<retrieval::Embedder> make_embedder(std::shared_ptr<models::Encoder> encoder,
                                                     const std::string& device) const override {
    return std::make_unique<EncoderEmbedder>(std::move(encoder), config, models::parse_device(device));
  }
  datasets::ClipView clip_view() const override {
    return {.images = std::make_shared<const datasets::FeatureImages>(config)};
  }
};

}  // namespace

configs::KindEntry image_kind() {
  return configs::kind<ImageFrontEnd>("image", "a feature's log-magnitudes [F, T]");
}

}  // namespace melomine::embedding
