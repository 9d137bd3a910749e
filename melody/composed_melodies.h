#pragma once

#include <cstdint>
#include <vector>

#include "melody/melody_source.h"

namespace melomine::melody {

/// The sung lines of `count` songs that synth::compose writes, each of at most `duration_s`, under the ids
/// composed_00001, …: melodies where no collection is at hand. Melody i depends on (seed, i) alone, and no
/// generated corpus has it. Composed in parallel (TBB).
std::vector<Melody> compose_melodies(int64_t count, uint64_t seed, double duration_s = 60);

}  // namespace melomine::melody
