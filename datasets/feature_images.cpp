#include "datasets/feature_images.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "dsp/log_magnitude.h"

namespace melomine::datasets {

FeatureImages::FeatureImages(const FrontEnd& front_end)
    : front_end_(front_end),
      frames_(datasets::window_frames(front_end.window, front_end.features)),
      extractor_(dsp::make_feature_extractor(front_end.features)) {
  if (frames_ < 1)
    throw ConfigError(
        fmt::format("[window] length_s must be at least one frame, got {}", front_end.window.length_s));
  if (!(front_end.floor_db > 0))
    throw ConfigError(fmt::format("floor_db must be > 0, got {}", front_end.floor_db));
}

void FeatureImages::draw(std::span<const float> samples, int64_t first, std::span<float> image) const {
  const dsp::FeatureMatrix feature = extractor_->extract(samples);
  for (int64_t bin = 0; bin < feature.bins; ++bin)
    std::copy_n(feature.values.begin() + bin * feature.frames + first, frames_,
                image.begin() + bin * frames_);
  dsp::normalise_log_magnitude(image, front_end_.floor_db);
}

}  // namespace melomine::datasets
