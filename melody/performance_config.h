#pragma once

#include "configs/binder.h"

namespace melomine::melody {

/// How far from the score people sing (ours; the ranges of SCIENCE.md, section 5). Shares and errors marked
/// (s) are an average singer's and grow with how badly one sings. A range whose ends are 1, and any other
/// setting that is 0, turns its sign of life off.
struct PerformanceConfig {
  double skill_spread = 0.5;  ///< sd of the logarithm of how badly one sings, which stays within 0.3 .. 3.5
  double min_tempo = 0.7, max_tempo = 1.4;  ///< of the whole, relative to the score; as often slow as fast
  double min_rubato = 0.06,
         max_rubato = 0.18;                  ///< sd of the logarithm of a note's length, of one performance
  double transposition_semitones = 6;        ///< up to this, either way, any fraction
  double min_range = 0.85, max_range = 1.1;  ///< intervals from the mean pitch are that much larger
  double note_error_semitones = 0.3;         ///< sd (s)
  double key_slips = 0.01;                   ///< share of notes from which on the key is another (s)
  double key_slip_semitones = 1;             ///< sd of one
  double wrong_notes = 0.05;                 ///< share of notes off by 1 to 4 semitones (s)
  double left_out = 0.03;                    ///< share of notes not sung; every other is held over (s)
  double added = 0.03;                       ///< share of notes whose second part is another note (s)
  double detached = 0.5;                     ///< share of performances with gaps between notes
  double max_gap_s = 0.15;                   ///< mean gap of one, at most; never over half of a note
  double max_glide_s = 0.12;                 ///< duration of the way from one joined note to the next
  double scoops = 0.3;                       ///< largest share of a performance's onsets entered from below
  double scoop_semitones = 1.8;              ///< largest depth
  double vibrato = 0.4;                      ///< share of performances with vibrato
  double vibrato_semitones = 0.5;            ///< largest amplitude
  double octave_errors = 0.02;  ///< share of notes of which the f0 tracker takes a part for the octave
  double drop_outs = 0.05;      ///< share of notes in which the f0 tracker loses the voice
  double max_drop_out_s = 0.2;  ///< for so long at most
  /// Largest share, in one performance, of the joined notes whose beginning is not heard.
  double unheard_beginnings = 1;
  double false_beginnings = 0.03;  ///< share of notes within which another seems to begin
};
void bind(configs::Binder& b, PerformanceConfig& c);

/// All signs of life off: the score as it stands.
PerformanceConfig exact_performance();

}  // namespace melomine::melody
