#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "configs/binder.h"
#include "dsp/f0_track.h"
#include "dsp/midi.h"

namespace melomine::dsp {

/// A melody contour: the pitch that is sung, at even steps. Frame t covers [t, t + 1) * hop_s.
struct Contour {
  double hop_s = 0.1;
  std::vector<float> pitch_midi;  ///< [L] 69 = A4; 0 where nothing is sung
  std::vector<uint8_t> voiced;    ///< [L] 1 where something is sung, else 0
  /// [L] 1 where a note begins, as far as that was heard, else 0; empty where nobody listened for it
  std::vector<uint8_t> begins;

  int64_t frames() const { return static_cast<int64_t>(pitch_midi.size()); }
  double duration_s() const { return hop_s * static_cast<double>(frames()); }
  /// `begins`, 0 where that is empty.
  uint8_t begun(size_t t) const { return begins.empty() ? uint8_t{0} : begins[t]; }
};

/// Shorter gaps in a voice are the tracker's.
inline constexpr double kShortestGap_s = 0.02;

/// A frame is the median of the voiced f0 inside it, and a rest where less than half of it is voiced. A note
/// begins where the voice comes back after a gap of kShortestGap_s; of a note that is joined to the one
/// before nothing tells that here.
/// @param hop_s  at least the track's
/// @throws ConfigError for a hop below the track's
Contour contour_of(const F0Track& track, double hop_s);
/// A frame has the pitch that sounds at its centre (the highest of several); it lasts to the last note's end.
/// Notes begin in the first frame that has their pitch.
Contour contour_of(std::span<const Note> notes, double hop_s);

/// What becomes of the frames in which nothing is sung.
enum class Rests {
  kKeep,    ///< they stay rests
  kHold,    ///< the pitch before them goes on (the one behind them at the start); voicing still says rest
  kRemove,  ///< what is sung next follows at once; time is sung time then
};

/// What pitches are counted from.
enum class PitchOrigin {
  kMedian,  ///< the median of the window's voiced frames: any key looks the same
  kFixed,   ///< one pitch for all
};

/// How an encoder sees a contour.
struct ContourView {
  Rests rests = Rests::kRemove;
  PitchOrigin origin = PitchOrigin::kMedian;
  double origin_midi = 61.70;     ///< of `fixed`: the mean of sung pitch (melody embedding, SYSTEMS.md D)
  double scale_semitones = 5.52;  ///< what counts as 1: its standard deviation
  bool beginnings = false;        ///< whether it sees where notes begin
};
void bind(configs::Binder& b, ContourView& c);

/// The contour with its rests dealt with. What begins in a rest that is removed begins where singing goes on.
Contour with_rests(Contour contour, Rests rests);

/// The contour as it is at another tempo (> 1 is faster): frame t is the one that lies there, so no pitch is
/// between two notes; a note begins in the frame that its first lies in. At least one frame of one that has
/// frames. @param tempo_ratio  above 0
Contour stretched(const Contour& contour, double tempo_ratio);

/// Frames [first, first + frames) as an image [2, frames]: row 0 the pitch from its origin in scales, 0 where
/// a frame has no pitch; row 1 voicing, which is 2 where a note begins if the view has beginnings. Frames
/// outside the contour are unvoiced and 0.
/// @param contour  its rests dealt with
/// @param image    [2 * frames]
void draw_contour(const Contour& contour, int64_t first, int64_t frames, const ContourView& view,
                  std::span<float> image);

/// Share of frames [first, first + frames) that are voiced.
double voiced_share(const Contour& contour, int64_t first, int64_t frames);

}  // namespace melomine::dsp
