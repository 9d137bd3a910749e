#pragma once

#include "melody/distortion.h"

namespace melomine::melody {

/// Notes that are in no tune: what a tracker hears in a breath, a consonant or another instrument.
struct AbsurdNotesConfig {
  int64_t notes = 2;  ///< at most; from 1 on, each number as likely
  double min_length_s = 0.1, max_length_s = 0.4;
  double semitones = 18;  ///< from the median of what is sung, at most, either way
};
void bind(configs::Binder& b, AbsurdNotesConfig& c);

/// Notes anywhere, over sung frames and rests alike: steady, at a pitch of any fraction. A contour in which
/// nothing is sung stays as it is.
void distort(CentredContour& centred, const AbsurdNotesConfig& config, RandomStream& random);

}  // namespace melomine::melody
