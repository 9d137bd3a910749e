#pragma once

#include <span>
#include <string>
#include <vector>

#include "configs/binder.h"

namespace melomine::dsp {

struct F0Config {
  std::string tracker = "pyin";  ///< pyin | yin
  double fmin_hz = 65.4;         ///< C2
  double fmax_hz = 1046.5;       ///< C6
  double hop_s = 0.01;
  int64_t frame_samples = 1024;  ///< at 16 kHz, scaled to other rates: integration window, rounded to hops
  double yin_threshold = 0.15;   ///< yin only: aperiodicity below which a frame is voiced
};
void bind(configs::Binder& b, F0Config& c);

/// A fundamental frequency contour; frame t is centred on t * hop_s.
struct F0Track {
  double hop_s = 0.01;
  std::vector<float> f0_hz;        ///< 0 where unvoiced
  std::vector<float> probability;  ///< of being voiced, 0..1
};

/// YIN (de Cheveigné and Kawahara 2002) or pYIN (Mauch and Dixon 2014).
/// @param samples  mono audio; the parts before and after it count as silence
/// @returns 1 + samples / hop frames
/// @throws ConfigError for settings that make no sense at this rate; DataError for a sample not finite
F0Track track_f0(std::span<const float> samples, int sample_rate_hz, const F0Config& config);

}  // namespace melomine::dsp
