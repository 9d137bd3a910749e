#include "embedding/crepe_front_end.h"

#include <cmath>

#include "embedding/crepe_clips.h"
#include "embedding/crepe_embedder.h"
#include "embedding/front_end_kind.h"
#include "models/torch_compat.h"
#include "pitch/activation_image.h"

namespace melomine::embedding {
namespace {

class Crepe : public configs::KindOf<Crepe, FrontEndKind, CrepeFrontEnd> {
 public:
  datasets::WindowConfig& window() override { return config.window; }
  std::unique_ptr<retrieval::Embedder> make_embedder(std::shared_ptr<models::Encoder> encoder,
                                                     const std::string& device) const override {
    return std::make_unique<CrepeEmbedder>(std::move(encoder), config, models::parse_device(device));
  }
  datasets::ClipView clip_view() const override { return crepe_clips(config); }
};

}  // namespace

void bind(configs::Binder& b, CrepeFrontEnd& c) {
  b.path("weights", c.weights,
         "of CREPE's network, as published for Keras (.h5) or PyTorch (.pth); must be given");
  b.enumeration("hears", c.hears, {{"clips", CrepeHears::kClips}, {"recordings", CrepeHears::kRecordings}},
                "what CREPE hears in training: each clip as it was augmented, or whole recordings once");
  b.field({.key = "cache",
           .target = &c.cache,
           .doc = "folder in which activations of recordings are kept and found again; empty: none",
           .sparse = true});
  b.number("voicing", c.voicing, configs::between(0, 1),
           "activation from which a frame counts for the mean pitch");
  b.number("min_voiced", c.min_voiced, configs::between(0, 1),
           "windows of which a smaller share has a pitch count for nothing; 0: all count");
  b.nested("window", c.window, "analysis windows");
  b.require(!c.weights.empty(), "weights", "must be given: a file of CREPE's weights");
  b.require(c.hears == CrepeHears::kClips || !c.cache.empty(), "hears",
            "recordings needs a cache, where their activations are kept");
  b.require(window_columns(c) >= 1, "window", "length_s must be at least 0.04 s, a column");
}

int64_t window_columns(const CrepeFrontEnd& front_end) {
  return std::llround(front_end.window.length_s /
                      (pitch::kActivationHop_s * static_cast<double>(pitch::kFramesPerColumn)));
}

configs::KindEntry crepe_kind() {
  return configs::kind<Crepe>("crepe", "CREPE's activation, 3 octaves around its mean pitch [80, T/4]");
}

}  // namespace melomine::embedding
