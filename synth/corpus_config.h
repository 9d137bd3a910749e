#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/binder.h"

namespace melomine::synth {

/// What `melomine synth` generates. The defaults are meant to be honest: a corpus about as mixed as covers
/// found on the web. docs/synth.md discusses each.
struct CorpusConfig {
  int64_t songs = 20;
  int64_t covers = 4;   ///< per song
  int64_t hums = 2;     ///< per song, in groups of one to three hummers of the same excerpt
  bool scores = false;  ///< each song as written, too: a plain tone, and a member of the groups of its hums
  int64_t seed = 1;
  std::string midi_folder;  ///< melodies from the MIDI files of this folder; "" = composed
  double duration_s = 90;   ///< of an original, at most
  int64_t sample_rate_hz = 16000;

  double bleed_db = -20;      ///< accompaniment in a stem while the voice sounds, relative to the voice
  double gap_bleed_db = -55;  ///< accompaniment in a stem where the voice rests, relative to the voice
  double vocal_db = 3;        ///< voice relative to accompaniment in a mix; each mix within 3 dB of it
  double wrong_cover_share = 0.1;
  double silent_share = 0.02;  ///< of covers that hold silence or a fraction of a second
  double cover_keys_semitones = 6;
  std::vector<double> tempo_shares = {0.6, 0.3, 0.1};  ///< within ±4 %, ±12 %, 0.8–1.25
  double tempo_drift = 0.015;                          ///< sd of slow tempo changes inside a cover
  double edit_probability = 0.5;  ///< of a cover that drops, repeats or reorders sections
  double ornament_rate = 0.08;    ///< of a cover's notes that are ornamented or changed

  double hum_min_duration_s = 4, hum_max_duration_s = 20;
  double hum_min_rate = 0.85, hum_max_rate = 1.18;  ///< tempo relative to the original
  double hum_rubato = 0.07;                         ///< sd of tempo changes every two beats
  double hum_off_key_cents = 35;                    ///< sd of the error of each note
  double hum_noise_db = 20;                         ///< signal to room noise; each hum within 10 dB of it
  double hum_clipped_share = 0.05;
  double hum_wrong_notes = 0.06;  ///< share of notes hummed wrong by a tone or so
};

/// The fields with ranges and meaning; `synth` makes its options of them, synth.json and YAML their keys.
void bind(configs::Binder& b, CorpusConfig& c);

}  // namespace melomine::synth
