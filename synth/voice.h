#pragma once

#include <vector>

#include "core/random.h"
#include "dsp/audio_buffer.h"

namespace melomine::synth {

enum class Vowel { kA, kE, kI, kO, kU, kClosed };  ///< kClosed: lips shut, "mm"
enum class Consonant { kNone, kNasal, kFricative, kPlosive, kGlide };

/// A note as it is sung: the vowel starts at start_s, its consonant lies before it.
struct SungNote {
  double start_s = 0;
  double end_s = 0;
  double pitch_midi = 60;
  double velocity = 0.8;
  Vowel vowel = Vowel::kA;
  Consonant consonant = Consonant::kNone;
  double scoop_semitones = 0;  ///< the note is entered from this far off (negative: from below)
};

/// What makes one voice differ from another.
struct VoiceTimbre {
  double tract_scale = 1.0;      ///< formant frequencies relative to an adult male's; about 1.17 female
  double source_exponent = 1.3;  ///< harmonic h of the source has amplitude 1 / h^exponent; 1 = pressed
  double breathiness = 0.02;     ///< aspiration noise relative to the voiced source
  double singer_formant_db = 0;  ///< lift of the third and fourth formants
  double vibrato_hz = 5.5;
  double vibrato_cents = 40;      ///< half of peak to peak
  double vibrato_delay_s = 0.25;  ///< into a note
  double glide_s = 0.06;          ///< a change of pitch inside a phrase takes this long, centred on the onset
  double jitter_cents = 6;        ///< sd of slow random pitch wander
  double attack_s = 0.03, release_s = 0.08;
  double legato = 0.7;  ///< level kept between joined notes, 0..1
  double consonant_level = 1.0;
  double breath_level = 0.02;  ///< inhaling before a phrase, relative to the voice; 0 = none
};

/// A voice: a band-limited glottal wavetable and aspiration noise through five formant resonators that move
/// with the vowels. A note begins to sound at its start_s, rounded to a control step (1 ms at 16 kHz), and
/// no timing is randomised. Result has unit RMS where it sounds (0 throughout without notes).
/// @param notes       by start, not overlapping
/// @param duration_s  of the result; notes beyond it are cut
dsp::AudioBuffer sing(const std::vector<SungNote>& notes, const VoiceTimbre& timbre, double duration_s,
                      int sample_rate_hz, RandomStream& random);

}  // namespace melomine::synth
