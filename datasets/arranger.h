#pragma once

#include <vector>

#include "core/random.h"
#include "datasets/performance.h"
#include "dsp/accompaniment.h"

namespace melomine::datasets {

/// What the band plays in a performance: chords, bass, drums and, where nobody sings, a lead, in a style
/// drawn from `random`.
std::vector<dsp::BandEvent> arrange(const Score& score, const Performance& performance, RandomStream& random);

/// The sound of a band drawn at random.
dsp::BandTimbre draw_band(RandomStream& random);

}  // namespace melomine::datasets
