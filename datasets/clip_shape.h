#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::datasets {

/// Samples taken out of a clip after it was stretched.
struct Cut {
  double position = 0;  ///< in [0, 1): where it lies, relative to the clip that is left
  int64_t samples = 0;
};

/// The first sample of a result of so many that lies behind the cut.
int64_t cut_place(const Cut& cut, int64_t target_samples);

/// How a clip is stretched, shifted and cut. A pure value, drawn before its audio is read, for it says how
/// much of it is needed.
struct ClipShape {
  double rate = 1;        ///< tempo; > 1 is faster
  double semitones = 0;   ///< pitch
  std::vector<Cut> cuts;  ///< by position
};

/// Samples of source audio that give `target_samples` after stretching and cutting.
int64_t source_samples(const ClipShape& shape, int64_t target_samples);

/// Stretch, shift and cut. @param source  source_samples(…) long @returns exactly target_samples
/// @throws ShapeError for a source of another length
std::vector<float> reshape_clip(std::span<const float> source, const ClipShape& shape, int64_t target_samples,
                                int sample_rate_hz);

/// Where in the source lies what reshape_clip puts at a place of the result. @param place  in
/// [0, target_samples)
double source_place(const ClipShape& shape, int64_t target_samples, int64_t place);

}  // namespace melomine::datasets
