#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "configs/binder.h"

namespace melomine::library {

/// A place of a song that one window of a stream was found at. Times are in seconds of stream and song.
struct StreamHit {
  int64_t window = 0;                         ///< number, in the order of time
  int64_t song = 0;                           ///< Library::song
  double query_start_s = 0, query_end_s = 0;  ///< what of the stream is of the song there
  double ref_start_s = 0, ref_end_s = 0;
  double tempo_ratio = 1;              ///< FoundPlace
  double transposition_semitones = 0;  ///< FoundPlace
  double score = 0;                    ///< of the place
  double lead = 0;      ///< the song's score above the median of the others it is compared with
  double spread = 0;    ///< that median above the least of them
  double evidence = 0;  ///< as evidence_of has it
};

/// A window that was searched.
struct SearchedWindow {
  double start_s = 0, end_s = 0;  ///< of the stream
  double spread = 0;              ///< StreamHit
};

/// How hits of windows become stretches of songs.
struct StretchConfig {
  double tolerance_s = 2;     ///< how far off its line in time a hit may lie
  double most_gap_s = 10;     ///< between hits of a stretch
  double least_standing = 3;  ///< leads of a hit, in spreads, above which it speaks for its song
  double least_evidence = 1;  ///< of a stretch that counts as found
  int64_t alternatives = 3;   ///< other songs told of each stretch
};
void bind(configs::Binder& b, StretchConfig& c);

/// A stretch of a stream.
struct Stretch {
  double query_start_s = 0, query_end_s = 0;
  int64_t song = -1;  ///< Library::song; -1: no match
  double ref_start_s = 0, ref_end_s = 0;
  double tempo_ratio = 1;  ///< the stream's time over the song's: > 1 is slower than the song
  double transposition_semitones = 0;
  double score = 0;                  ///< mean over its hits
  double evidence = 0;               ///< StretchConfig::least_evidence
  double hit_evidence = 0;           ///< median over its hits of StreamHit::evidence
  std::optional<double> confidence;  ///< Confidence::of that, where the library is calibrated
  int64_t hits = 0;
  std::vector<Stretch> alternatives;  ///< without their own
};

/// Joins hits of one song that lie on one line in time: those that speak most for it, by dynamic programming
/// over windows. The evidence of a stretch is the sum over its hits of what their leads, in spreads, are
/// above least_standing, by the share of a window that is new: about how often it stands out in windows
/// apart. Where stretches overlap, that of more evidence is kept and the other cut, or told as its
/// alternative where it lies under it by half. What is left is told as no match.
/// @param hits        StreamHit::window counts in `windows`
/// @param windows     all that were searched, in the order of time
/// @param step_share  of a window that is new to the one before
/// @param duration_s  of the stream
/// @returns stretches from 0 to duration_s in the order of time, none overlapping
std::vector<Stretch> join_hits(std::span<const StreamHit> hits, std::span<const SearchedWindow> windows,
                               double step_share, double duration_s, const StretchConfig& config);

}  // namespace melomine::library
