#pragma once

#include <vector>

#include "core/random.h"
#include "synth/accompaniment.h"
#include "synth/performance.h"

namespace melomine::synth {

/// What the band plays in a performance: chords, bass, drums and, where nobody sings, a lead, in a style
/// drawn from `random`.
std::vector<synth::BandEvent> arrange(const Score& score, const Performance& performance,
                                      RandomStream& random);

/// The sound of a band drawn at random.
synth::BandTimbre draw_band(RandomStream& random);

}  // namespace melomine::synth
