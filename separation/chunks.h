#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace melomine::separation {

/// Applies `process` to a signal in overlapping chunks of one length, and adds what comes of them up again:
/// where two overlap, one fades out in a straight line while the other fades in, so that a `process` that
/// works sample by sample gives what it would give of the whole. A signal no longer than a chunk is one.
/// Chunks lie evenly: neighbours overlap by at least `overlap`.
/// @param chunk    samples of a chunk, > 0
/// @param overlap  least samples that neighbours share, 0 .. chunk / 2
/// @param process  gets [chunk] samples, returns as many
/// @throws ConfigError for sizes out of range, DataError where `process` returns another number of samples
std::vector<float> in_chunks(std::span<const float> samples, int64_t chunk, int64_t overlap,
                             const std::function<std::vector<float>(std::span<const float>)>& process);

}  // namespace melomine::separation
