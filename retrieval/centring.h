#pragma once

#include <span>
#include <vector>

#include "retrieval/fingerprint_sequence.h"

namespace melomine::retrieval {

/// The mean of all sequences' rows that count: what all windows share (a singer, a room, the encoder's own
/// habit) and no melody tells apart. @returns [dim]; zeros without such rows  @throws ShapeError where dims
/// differ
std::vector<double> mean_fingerprint(std::span<const FingerprintSequence> sequences);

/// Takes `mean` [dim] from each row and gives it unit norm again; a row that is the mean becomes 0,
/// one that does not count stays so.
/// @throws ShapeError where the dims differ
void subtract_mean(FingerprintSequence& z, std::span<const double> mean);

}  // namespace melomine::retrieval
