#pragma once

#include <span>
#include <vector>

#include "retrieval/fingerprint_sequence.h"

namespace melomine::retrieval {

/// The mean row of all sequences together: what all windows share (a singer, a room, the encoder's own habit)
/// and no melody tells apart. @returns [dim]; zeros without steps  @throws ShapeError where dims differ
std::vector<double> mean_fingerprint(std::span<const FingerprintSequence> sequences);

/// Takes `mean` [dim] from each row and gives it unit norm again; a row that is the mean stays 0.
/// @throws ShapeError where the dims differ
void subtract_mean(FingerprintSequence& z, std::span<const double> mean);

}  // namespace melomine::retrieval
