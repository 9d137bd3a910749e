#pragma once

#include <span>
#include <vector>

#include "retrieval/fingerprint_sequence.h"

namespace melomine::retrieval {

/// What fingerprints share is taken from them before they are compared: it is no melody, and lifts every
/// correlation.
enum class Centring {
  kNone,
  kRecording,   ///< each recording's own mean
  kCollection,  ///< the mean of all that is searched, from that and the queries
};

/// The mean of all sequences' rows that count: what all windows share (a singer, a room, the encoder's own
/// habit) and no melody tells apart. @returns [dim]; zeros without such rows  @throws ShapeError where dims
/// differ
std::vector<double> mean_fingerprint(std::span<const FingerprintSequence> sequences);

/// Takes `mean` [dim] from each row and gives it unit norm again; a row that is the mean becomes 0,
/// one that does not count stays so.
/// @throws ShapeError where the dims differ
void subtract_mean(FingerprintSequence& z, std::span<const double> mean);
/// The same with the mean of its own rows.
void subtract_own_mean(FingerprintSequence& z);

}  // namespace melomine::retrieval
