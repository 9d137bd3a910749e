#include "embedding/contour_front_end.h"

#include <cmath>

#include "core/error.h"
#include "embedding/contour_embedder.h"
#include "embedding/front_end_kind.h"
#include "models/torch_compat.h"

namespace melomine::embedding {
namespace {

class Contour : public configs::KindOf<Contour, FrontEndKind, ContourFrontEnd> {
 public:
  datasets::WindowConfig& window() override { return config.window; }
  std::unique_ptr<retrieval::Embedder> make_embedder(std::shared_ptr<models::Encoder> encoder,
                                                     const std::string& device) const override {
    return std::make_unique<ContourEmbedder>(std::move(encoder), config, models::parse_device(device));
  }
  datasets::ClipView clip_view() const override {
    throw ConfigError(
        "front_end.type is contour: contours are learned from notes; name some in melodies.sources");
  }
};

}  // namespace

void bind(configs::Binder& b, ContourFrontEnd& c) {
  b.nested("f0", c.f0, "f0 tracker; not asked where a score has notes");
  b.number("hop_s", c.hop_s, configs::above(0), "between frames of the contour, s");
  b.nested("view", c.view, "how the encoder sees the contour");
  b.nested("window", c.window, "analysis windows");
  b.number("min_voiced", c.min_voiced, configs::between(0, 1),
           "windows of which a smaller share is sung count for nothing; 0: all count");
  b.require(c.hop_s >= c.f0.range.hop_s, "hop_s", "must be at least f0.hop_s");
  b.require(window_frames(c) >= 2, "window", "length_s must hold two frames of hop_s or more");
}

int64_t window_frames(const ContourFrontEnd& front_end) {
  return std::llround(front_end.window.length_s / front_end.hop_s);
}

configs::KindEntry contour_kind() {
  return configs::kind<Contour>("contour", "the melody that is sung: pitch and voicing [2, L]");
}

}  // namespace melomine::embedding
