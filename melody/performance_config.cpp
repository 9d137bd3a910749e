#include "melody/performance_config.h"

namespace melomine::melody {

void bind(configs::Binder& b, PerformanceConfig& c) {
  using configs::at_least;
  using configs::between;
  const configs::Range share = between(0, 1), tempo = between(0.1, 10), scale = between(0, 4);
  b.number("skill_spread", c.skill_spread, between(0, 3),
           "sd of the logarithm of how badly one sings; errors marked (s) grow with it");
  b.number("min_tempo", c.min_tempo, tempo, "slowest tempo, relative to the score");
  b.number("max_tempo", c.max_tempo, tempo, "fastest tempo, relative to the score");
  b.number("min_rubato", c.min_rubato, between(0, 2), "steadiest sd of the logarithm of a note's length");
  b.number("max_rubato", c.max_rubato, between(0, 2), "freest");
  b.number("transposition_semitones", c.transposition_semitones, between(0, 48),
           "the key moves by up to this, either way");
  b.number("min_range", c.min_range, scale, "least that intervals from the mean pitch are scaled by");
  b.number("max_range", c.max_range, scale, "most");
  b.number("note_error_semitones", c.note_error_semitones, between(0, 12), "sd of a note's pitch (s)");
  b.number("key_slips", c.key_slips, share, "share of notes from which on the key is another (s)");
  b.number("key_slip_semitones", c.key_slip_semitones, between(0, 12), "sd of a slip");
  b.number("wrong_notes", c.wrong_notes, share, "share of notes off by 1 to 4 semitones (s)");
  b.number("left_out", c.left_out, share, "share of notes that are not sung (s)");
  b.number("added", c.added, share, "share of notes whose second part is another note (s)");
  b.number("detached", c.detached, share, "share of performances with gaps between notes");
  b.number("max_gap_s", c.max_gap_s, at_least(0), "largest mean gap of a detached performance");
  b.number("max_glide_s", c.max_glide_s, at_least(0), "longest way from one joined note to the next");
  b.number("scoops", c.scoops, share, "largest share of a performance's onsets entered from below");
  b.number("scoop_semitones", c.scoop_semitones, between(0, 12), "deepest scoop");
  b.number("vibrato", c.vibrato, share, "share of performances with vibrato");
  b.number("vibrato_semitones", c.vibrato_semitones, between(0, 12), "largest amplitude");
  b.number("octave_errors", c.octave_errors, share,
           "share of notes of which the f0 tracker takes a part for the octave");
  b.number("drop_outs", c.drop_outs, share, "share of notes in which the f0 tracker loses the voice");
  b.number("max_drop_out_s", c.max_drop_out_s, at_least(0), "for so long at most");
  b.number("unheard_beginnings", c.unheard_beginnings, share,
           "largest share of a performance's joined notes whose beginning is not heard");
  b.number("false_beginnings", c.false_beginnings, share,
           "share of notes within which another seems to begin");
  b.require(c.min_tempo <= c.max_tempo, "min_tempo", "must not be above max_tempo");
  b.require(c.min_rubato <= c.max_rubato, "min_rubato", "must not be above max_rubato");
  b.require(c.min_range <= c.max_range, "min_range", "must not be above max_range");
}

PerformanceConfig exact_performance() {
  PerformanceConfig c;
  c.min_tempo = c.max_tempo = c.min_range = c.max_range = 1;
  for (double* value : {&c.skill_spread,
                        &c.min_rubato,
                        &c.max_rubato,
                        &c.transposition_semitones,
                        &c.note_error_semitones,
                        &c.key_slips,
                        &c.key_slip_semitones,
                        &c.wrong_notes,
                        &c.left_out,
                        &c.added,
                        &c.detached,
                        &c.max_gap_s,
                        &c.max_glide_s,
                        &c.scoops,
                        &c.scoop_semitones,
                        &c.vibrato,
                        &c.vibrato_semitones,
                        &c.octave_errors,
                        &c.drop_outs,
                        &c.max_drop_out_s,
                        &c.unheard_beginnings,
                        &c.false_beginnings})
    *value = 0;
  return c;
}

}  // namespace melomine::melody
