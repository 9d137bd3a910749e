#include "dsp/stft_feature.h"

namespace melomine::dsp {

void bind(configs::Binder& b, StftFeatureConfig& c) {
  b.integer("n_fft", c.n_fft, configs::at_least(2), "samples of FFT and window");
  b.enumeration("padding", c.padding, {{"reflect", Padding::kReflect}, {"zero", Padding::kZero}},
                "what lies outside the audio");
}

configs::KindEntry stft_kind() {
  return configs::kind<FeatureKindOf<StftFeature, StftFeatureConfig>>("stft", "short-time Fourier transform");
}

StftConfig stft_config(const StftFeatureConfig& config, const FrameGrid& grid) {
  return {.n_fft = config.n_fft, .hop_samples = grid.hop_samples, .padding = config.padding};
}

FeatureMatrix StftFeature::extract(std::span<const float> samples) const {
  FeatureMatrix out = stft_.magnitude(samples);
  out.hop_s = hop_s_;
  return out;
}

}  // namespace melomine::dsp
