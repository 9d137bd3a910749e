#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "configs/binder.h"
#include "dsp/f0_track.h"
#include "dsp/midi.h"
#include "retrieval/search.h"

namespace melomine::retrieval {

inline constexpr int64_t kMostTempoScales = 1000;

/// The comparison of melodies without learning that stands beside every model: contours at a low frame rate,
/// the query at several tempos and every offset, the mean removed at each place, mean absolute distance. Cap
/// and centring make it stronger; they are off in the row that every report shows.
struct ContourConfig {
  double frame_rate_hz = 10;
  int64_t tempo_scales = 13;  ///< log-spaced, both ends included, at most kMostTempoScales
  double min_tempo_scale = 0.7;
  double max_tempo_scale = 1.4;
  double cap_semitones =
      20;  ///< a frame counts at most this much; 3 keeps octave errors and wrong notes single
  int64_t centring_steps = 0;  ///< refinements of the transposition after the mean, towards capped balance
};
void bind(configs::Binder& b, ContourConfig& c);

/// Sung pitch over time, rests taken out: what sounds next follows at once.
struct PitchContour {
  std::vector<float> semitones;  ///< MIDI pitch of each frame of 1 / frame_rate_hz
};
/// A frame is the median of the voiced f0 inside it, and a rest where less than half is voiced.
PitchContour contour_of(const dsp::F0Track& track, const ContourConfig& config);
/// A frame has the pitch that sounds at its centre (the highest of several). Empty without notes.
PitchContour contour_of(std::span<const dsp::Note> notes, const ContourConfig& config);

/// Length of the stretched query over its own length, from min to max.
std::vector<double> tempo_scales(const ContourConfig& config);

struct ContourMatch {
  double score = 0;  ///< minus the mean capped distance in semitones, in [-cap_semitones, 0]
  double tempo_scale = 1;
  int64_t offset_frames = 0;  ///< of the query in the reference, negative where the reference lies inside it
};
/// The best tempo and offset; the shorter slides in the longer. Frames of the query that a shorter reference
/// leaves uncovered count as cap_semitones each. An empty contour scores -cap_semitones.
ContourMatch match_contours(const PitchContour& query, const PitchContour& reference,
                            const ContourConfig& config);

/// A contour ready to be slid.
struct SlidingContour {
  std::vector<float> values;   ///< [frames], and some more that may be read
  std::vector<double> prefix;  ///< [frames + 1] sums
  int64_t frames = 0;
};

/// A query at all tempos, ready to meet thousands of references.
class ContourQuery {
 public:
  ContourQuery(const PitchContour& query, const ContourConfig& config);

  /// match_contours at the offsets in the spans alone, or at all where there are none: the same at every
  /// tempo, the offset being that of the stretched query's first frame. Where none of them is one at which
  /// the contours can meet, what an empty contour scores.
  ContourMatch match(std::span<const float> reference, std::span<const LagSpan> spans = {}) const;

 private:
  struct Tempo {
    double scale = 1;
    SlidingContour contour;
  };

  ContourConfig config_;
  std::vector<Tempo> tempos_;
  int64_t longest_ = 0;  ///< frames
};

/// match_contours of every pair, in parallel. Does not depend on the number of threads.
ScoreMatrix search_contours(std::span<const PitchContour> queries, std::span<const PitchContour> references,
                            const ContourConfig& config, const SearchProgress& progress = {});

}  // namespace melomine::retrieval
