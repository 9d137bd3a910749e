#include "dsp/rms_feature.h"

#include "dsp/rms.h"

namespace melomine::dsp {

void bind(configs::Binder& b, RmsFeatureConfig& c) {
  b.integer("n_fft", c.n_fft, configs::at_least(2), "samples of a frame");
}

configs::KindEntry rms_kind() {
  return configs::kind<FeatureKindOf<RmsFeature, RmsFeatureConfig>>("rms", "root mean square of each frame");
}

RmsFeature::RmsFeature(const RmsFeatureConfig& config, const FrameGrid& grid) : config_(config), grid_(grid) {
  frame_rms({}, config.n_fft, grid.hop_samples);  // what is wrong with the settings
}

FeatureMatrix RmsFeature::extract(std::span<const float> samples) const {
  FeatureMatrix out;
  out.values = frame_rms(samples, config_.n_fft, grid_.hop_samples);
  out.bins = 1;
  out.frames = static_cast<int64_t>(out.values.size());
  out.hop_s = grid_.hop_s();
  return out;
}

}  // namespace melomine::dsp
