#pragma once

#include "pitch/f0.h"

namespace melomine::pitch {

struct YinConfig {
  double threshold = 0.15;  ///< aperiodicity below which a frame is voiced
};
void bind(configs::Binder& b, YinConfig& c);

/// YIN (de Cheveigné and Kawahara 2002): the first dip below the threshold, else unvoiced (the paper's step
/// 4).
class YinTracker : public F0Tracker {
 public:
  YinTracker(const YinConfig& config, const F0Range& range) : config_(config), range_(range) {}
  dsp::F0Track track(std::span<const float> samples, int sample_rate_hz) const override;

 private:
  YinConfig config_;
  F0Range range_;
};

}  // namespace melomine::pitch
