#pragma once

#include <cstdint>
#include <vector>

#include "dsp/f0_track.h"
#include "dsp/feature_matrix.h"

namespace melomine::pitch {

/// How activations become pitch.
struct CrepeDecoding {
  double fmin_hz = 0, fmax_hz = 0;  ///< only bins between them count
  double voicing = 0.3;             ///< a frame is voiced where the chosen bin's activation is at least this
  bool viterbi = true;              ///< the most likely path; else each frame's strongest bin
};

/// Middle of a bin, 20 cents apart from 31.7 Hz on.
double crepe_bin_hz(double bin);

/// The bin of each frame: the path of highest score, which is the sum of its activations and of its steps'
/// log probabilities. A step of d bins has a probability in proportion to 12 - |d|, and at most 11 (220 cents
/// a frame).
/// @param first, last  bins that count, 0 <= first <= last < activation.bins
std::vector<int64_t> crepe_path(const dsp::FeatureMatrix& activation, int64_t first, int64_t last);

/// The frequency is the mean of the nine bins around the chosen one, weighted by their activations, in cents;
/// the probability of being voiced is the chosen bin's activation.
/// @param activation  [360, T] of CrepeNetwork
/// @throws ConfigError where no bin lies in the range
dsp::F0Track decode_crepe(const dsp::FeatureMatrix& activation, const CrepeDecoding& decoding);

}  // namespace melomine::pitch
