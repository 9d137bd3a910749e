#pragma once

#include <cstdint>
#include <span>

#include "pitch/activation.h"

namespace melomine::pitch {

inline constexpr int64_t kTrimmedBins = 180;    ///< 3 octaves of 20 cents
inline constexpr int64_t kImageRows = 80;       ///< of 45 cents each
inline constexpr int64_t kFramesPerColumn = 4;  ///< 25 columns a second

/// What an encoder sees of CREPE's activation (Amatov et al. 2023): of a window's frames, the 3 octaves
/// around their mean pitch, resampled to an image [80, T/4].
///
/// The mean is that of `pitch_bin` over the frames drawn that have a pitch, so that the image is the same in
/// any key. A row is the mean of the 2.25 bins that it spans, a column of four frames; a bin that the row's
/// edge cuts counts in proportion. What lies outside CREPE's 360 bins or outside the recording is 0, and so
/// is an image of frames without a pitch.
/// @param frames   indices of the activation's frames, a multiple of four; those outside it are silence
/// @param voicing  activation from which a frame has a pitch
/// @param image    [80, frames / 4], from 0 to 1
/// @returns the share of the frames that have a pitch
/// @throws ShapeError for an image of another size
double draw_activation(const Activation& activation, std::span<const int64_t> frames, double voicing,
                       std::span<float> image);

/// The same of the frames [first, first + 4 * columns).
double draw_activation(const Activation& activation, int64_t first, int64_t columns, double voicing,
                       std::span<float> image);

}  // namespace melomine::pitch
