#pragma once

#include <span>

#include "dsp/f0.h"

namespace melomine::dsp {

/// pYIN (Mauch and Dixon 2014): YIN under a Beta(2, 18) distribution of thresholds, each dip weighted by the
/// share of thresholds that choose it, then the most likely path through pitches of 20 cents, voiced or
/// unvoiced (Viterbi). Deviations: the distribution is integrated in closed form instead of at 100 steps, and
/// the frequency returned is that of the dip nearest to the path, not the centre of its bin.
/// @throws ConfigError, DataError as for_each_yin_frame
F0Track track_pyin(std::span<const float> samples, int sample_rate_hz, const F0Config& config);

}  // namespace melomine::dsp
