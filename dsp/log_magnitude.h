#pragma once

#include <cstdint>
#include <span>

namespace melomine::dsp {

/// What every encoder reads: decibels under the window's own loudest bin, floored and mapped linearly so that
/// -floor_db or less is 0 and the loudest bin is 1. Independent of the level of the recording. In place.
/// A window of silence (all bins 0) becomes all 0.
/// @param window    linear magnitudes, any layout
/// @param floor_db  > 0, e.g. 80
void normalise_log_magnitude(std::span<float> window, double floor_db);

}  // namespace melomine::dsp
