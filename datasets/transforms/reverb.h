#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// A room about the voice, drawn anew for each clip. Its numbers: the time to fall by 60 dB, s, and the wet
/// level, dB.
struct ReverbConfig {
  double min_decay_s = 0.2, max_decay_s = 1.5;  ///< time to fall by 60 dB, uniform between them
  double min_wet_db = -20, max_wet_db = 0;      ///< the room's energy relative to the direct sound's
};
void bind(configs::Binder& b, ReverbConfig& c);

/// How a room answers.
struct Room {
  double decay_s = 0.5;  ///< time to fall by 60 dB, > 0
  double wet_db = -10;   ///< energy of its response relative to the direct sound's
};

/// Samples of the response to noise that falls by 60 dB in so long; at least 1.
int64_t room_samples(double decay_s, int sample_rate_hz);

/// The clip and its reverberation, in place: convolution with Gaussian noise that decays exponentially
/// (Polack's model of a room's response; Moorer 1979), drawn from `random`. What sounded before the clip
/// leaves no reverberation in it.
void add_room(std::span<float> clip, const Room& room, int sample_rate_hz, RandomStream& random);

}  // namespace melomine::datasets
