#pragma once

#include "melody/distortion.h"

namespace melomine::melody {

/// Pitch errors that last a while each, as of notes or parts of them.
struct PitchNoiseConfig {
  double semitones = 0.5;  ///< sd
  double min_length_s = 0.1, max_length_s = 0.6;
};
void bind(configs::Binder& b, PitchNoiseConfig& c);

/// One piece after the other moves by an interval of its own; rests stay.
void distort(CentredContour& centred, const PitchNoiseConfig& config, RandomStream& random);

}  // namespace melomine::melody
