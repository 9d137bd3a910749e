#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::dsp {

/// Energy of a stretch of samples below which WSOLA has nothing to align.
inline constexpr double kWsolaSilence = 1e-9;

/// The lengths that WSOLA works with at a sample rate, samples; all but `exact_reach` are multiples of
/// `decimation`.
struct WsolaGrid {
  int64_t decimation = 1;   ///< samples that the coarse search adds up to one, at about 4 kHz
  int64_t overlap = 0;      ///< between segments, each twice as long: 20 ms
  int64_t tolerance = 0;    ///< of the search to either side: 8 ms
  int64_t before = 0;       ///< zeros before and behind the signal
  int64_t exact_reach = 0;  ///< of the exact search around what the coarse one found, to either side

  int64_t coarse_lags() const { return 2 * tolerance / decimation + 1; }
  int64_t exact_lags() const { return 2 * exact_reach + 1; }
  /// The last place of a signal of so many samples where a segment may begin.
  int64_t last_place(int64_t size) const { return size + overlap; }
  /// Where the segment at `start` of the result would begin in a signal of so many samples, were there no
  /// search. @param tempo  > 1: the result is shorter
  int64_t wanted_place(int64_t start, double tempo, int64_t size) const;
};
/// @param sample_rate_hz  > 0
WsolaGrid wsola_grid(int sample_rate_hz);

/// How a segment fades in over what goes on: sin² from 0 to 1. [overlap]
std::vector<float> wsola_fade(const WsolaGrid& grid);

/// Waveform-similarity overlap-add (Verhelst and Roelands 1993): of the places near the wanted one, a segment
/// begins where the signal is most similar (normalised correlation) to the natural continuation of the
/// segment before. The search is coarse at 4 kHz first, then exact around the best place.
/// @param tempo  > 1: the result is shorter
/// @returns [count] samples
std::vector<float> wsola(std::span<const float> samples, const WsolaGrid& grid, double tempo, int64_t count);

/// The places in `samples` where its segments begin: the first lies at 0, each further one begins one overlap
/// later in the result. [ceil(count / overlap)]
std::vector<int64_t> wsola_places(std::span<const float> samples, const WsolaGrid& grid, double tempo,
                                  int64_t count);

}  // namespace melomine::dsp
