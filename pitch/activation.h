#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dsp/feature_matrix.h"

namespace melomine::pitch {

inline constexpr double kActivationHop_s = 0.01;
inline constexpr double kActivationTop = 255;  ///< what an activation of 1 is kept as

/// CREPE's activation of a recording, frame by frame, in steps of 1/255: a quarter of the memory, and what is
/// kept on disk is what was heard. Frame t is centred on t * kActivationHop_s.
struct Activation {
  std::vector<uint8_t> values;  ///< [T, 360]
  int64_t frames() const;
  /// [360] of frame t. @param t  in [0, T)
  std::span<const uint8_t> frame(int64_t t) const;
};

/// @param activation  [360, T] from 0 to 1 @throws ShapeError for another number of bins
Activation kept(const dsp::FeatureMatrix& activation);

/// The activation as it is at another tempo (> 1 is faster): frame t is the one that lies there. At least one
/// frame of one that has frames. @param tempo_ratio  above 0
Activation stretched(const Activation& activation, double tempo_ratio);

/// Pitch of a frame: the mean of nine bins around the strongest one, weighted by activation; in bins, 0 the
/// middle of the lowest. Negative where no bin's activation is `voicing`.
double pitch_bin(std::span<const uint8_t> frame, double voicing);

/// Whether any frame has a pitch.
bool has_pitch(const Activation& activation, double voicing);

}  // namespace melomine::pitch
