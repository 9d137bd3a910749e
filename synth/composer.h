#pragma once

#include "core/random.h"
#include "synth/score.h"

namespace melomine::synth {

/// Composes a song: key and mode, metre and tempo, a chord progression and motifs for each kind of section,
/// half-phrases that repeat and vary them, and a form of verses, choruses, a bridge and instrumental gaps
/// that fills at most duration_s.
/// @param duration_s  > 0; very short ones still get one sung unit
Score compose(RandomStream random, double duration_s);

}  // namespace melomine::synth
