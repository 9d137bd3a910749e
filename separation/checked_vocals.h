#pragma once

#include <cstdint>
#include <vector>

#include "dsp/audio_buffer.h"

namespace melomine::separation {

/// Below this level of its loudest sample, relative to full scale, a recording is silent.
inline constexpr double kSilence_db = -80;

/// A separator's result as the shards store it: as long as its mix, cut or followed by silence where it is
/// not, 16 bits; what exceeds full scale is clipped.
/// @param tolerance_s  by which the lengths may differ
/// @throws DataError for a result that is longer or shorter than that, silent where the mix is not, or not
///         finite
std::vector<int16_t> checked_vocals(const dsp::AudioBuffer& mix, const dsp::AudioBuffer& vocals,
                                    double tolerance_s);

}  // namespace melomine::separation
