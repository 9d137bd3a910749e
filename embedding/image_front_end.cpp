#include "datasets/clip_samples.h"
#include "datasets/feature_images.h"
#include "embedding/device_augment.h"
#include "embedding/device_cqt.h"
#include "embedding/device_effect.h"
#include "embedding/encoder_embedder.h"
#include "embedding/front_end_kind.h"
#include "models/torch_compat.h"

namespace melomine::embedding {
namespace {

/// Images of clips that come as samples, augmented or to be augmented.
class CqtHearing : public ClipHearing {
 public:
  CqtHearing(const datasets::FrontEnd& front_end, torch::Device device)
      : cqt_(device_cqt_of(front_end, device)),
        floor_db_(front_end.floor_db),
        first_(datasets::context_frames(front_end.window, front_end.features.grid)),
        frames_(datasets::window_frames(front_end.window, front_end.features)) {
    const datasets::ClipSamples clips(front_end);
    augment_.clip_samples = clips.columns();
    augment_.margin_samples = clips.context_samples();
    augment_.sample_rate_hz = static_cast<int>(clips.sample_rate_hz());
  }
  torch::Tensor hear(const torch::Tensor& clips, const datasets::Batch& batch) const override {
    const auto samples = batch.raw ? augmented(clips.flatten(1), *batch.raw, augment_) : clips.flatten(1);
    return normalised_log_magnitude(cqt_.magnitude(samples, first_, frames_), floor_db_).unsqueeze(1);
  }

 private:
  DeviceCqt cqt_;
  double floor_db_;
  int64_t first_, frames_;
  DeviceAugment augment_;
};

class ImageFrontEnd : public configs::KindOf<ImageFrontEnd, FrontEndKind, datasets::FrontEnd> {
 public:
  datasets::WindowConfig& window() override { return config.window; }
  std::unique_ptr<retrieval::Embedder> make_embedder(std::shared_ptr<models::Encoder> encoder,
                                                     const std::string& device) const override {
    return std::make_unique<EncoderEmbedder>(std::move(encoder), config, models::parse_device(device));
  }
  datasets::ClipView clip_view() const override {
    if (config.on_device) {
      datasets::ClipView view{.images = std::make_shared<const datasets::ClipSamples>(config)};
      if (config.augment_on_device) view.later = device_effect_types();
      return view;
    }
    return {.images = std::make_shared<const datasets::FeatureImages>(config)};
  }
  std::unique_ptr<const ClipHearing> clip_hearing(const std::string& device) const override {
    if (!config.on_device) return nullptr;
    return std::make_unique<CqtHearing>(config, models::parse_device(device));
  }
};

}  // namespace

configs::KindEntry image_kind() {
  return configs::kind<ImageFrontEnd>("image", "a feature's log-magnitudes [F, T]");
}

}  // namespace melomine::embedding
