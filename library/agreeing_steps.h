#pragma once

#include <cstdint>

#include "retrieval/fingerprint_sequence.h"
#include "retrieval/fixed_sequence.h"

namespace melomine::library {

/// Steps [first, last) of a query; none where both are 0.
struct StepRange {
  int64_t first = 0, last = 0;
};

/// Which of a query's steps are of the song, at a lag where its whole was found: the run of them that agrees
/// most. A step agrees by how many standard deviations it is more alike to the song's step under it than to
/// the song's others, less one.
/// @param drift_steps  a step may lie so far off
StepRange agreeing_steps(const retrieval::FingerprintSequence& query, retrieval::FixedView song, int64_t lag,
                         int64_t drift_steps);

}  // namespace melomine::library
