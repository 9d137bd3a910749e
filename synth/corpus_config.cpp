#include "synth/corpus_config.h"

#include <cmath>

namespace melomine::synth {
void bind(configs::Binder& b, CorpusConfig& c) {
  using namespace configs;
  b.integer("songs", c.songs, between(1, 99999), "number of songs");
  b.integer("covers", c.covers, between(0, 999), "covers of each song");
  b.integer("hums", c.hums, between(0, 999), "hums of each song, in groups of 1-3 hummers of one excerpt");
  b.boolean("scores", c.scores,
            "each song also as written, played by a plain tone, in the groups of its hums");
  b.integer("seed", c.seed, at_least(0), "the same seed and options give the same bytes");
  b.text("midi", c.midi_folder, "take the melodies from the .mid files of this folder; empty: compose them");
  b.number("duration", c.duration_s, between(5, 1200), "longest duration of an original, seconds");
  b.integer("sample_rate", c.sample_rate_hz, between(8000, 48000), "of the audio, Hz");
  b.number("bleed_db", c.bleed_db, between(-120, 20),
           "accompaniment left in a stem while the voice sounds, dB relative to the voice");
  b.number("gap_bleed_db", c.gap_bleed_db, between(-120, 20),
           "the same where the voice rests; each recording within 8 dB of it");
  b.number("vocal_db", c.vocal_db, between(-40, 40),
           "voice relative to accompaniment in a mix, dB; each mix within 3 dB of it");
  b.number("wrong_covers", c.wrong_cover_share, between(0, 1), "share of covers that are of another song");
  b.number("silent", c.silent_share, between(0, 1),
           "share of covers that are silent or shorter than half a second");
  b.number("cover_keys", c.cover_keys_semitones, between(0, 24), "largest key change of a cover, semitones");
  b.numbers("tempo", c.tempo_shares, between(0, 1),
            "shares of covers with a tempo within 4 %, 12 % and 0.8-1.25 of the original's");
  b.number("tempo_drift", c.tempo_drift, between(0, 0.1), "sd of slow tempo changes inside a cover");
  b.number("edits", c.edit_probability, between(0, 1),
           "probability that a cover drops, repeats or reorders sections");
  b.number("ornaments", c.ornament_rate, between(0, 1), "share of a cover's notes that are ornamented");
  b.number("hum_min_duration", c.hum_min_duration_s, between(1, 60), "shortest hum, seconds");
  b.number("hum_max_duration", c.hum_max_duration_s, between(1, 120), "longest hum, seconds");
  b.number("hum_min_rate", c.hum_min_rate, between(0.25, 4), "slowest hum relative to the original");
  b.number("hum_max_rate", c.hum_max_rate, between(0.25, 4), "fastest hum relative to the original");
  b.number("hum_rubato", c.hum_rubato, between(0, 0.3), "sd of a hum's tempo changes, every two beats");
  b.number("hum_off_key_cents", c.hum_off_key_cents, between(0, 300), "sd of each hummed note's error");
  b.number("hum_noise_db", c.hum_noise_db, between(-20, 120),
           "hum to room noise, dB; each within 10 dB of it");
  b.number("hum_clipped", c.hum_clipped_share, between(0, 1), "share of hums that are clipped");
  b.number("hum_wrong_notes", c.hum_wrong_notes, between(0, 1), "share of notes hummed wrong");
  b.require(c.tempo_shares.size() == 3, "tempo", "must be three shares, e.g. 0.6,0.3,0.1");
  double sum = 0;
  for (const double share : c.tempo_shares) sum += share;
  b.require(std::abs(sum - 1) < 1e-6, "tempo", "the three shares must add up to 1");
  b.require(c.wrong_cover_share + c.silent_share <= 1, "wrong_covers",
            "wrong_covers + silent must not exceed 1");
  b.require(c.hum_min_duration_s <= c.hum_max_duration_s, "hum_min_duration",
            "must not exceed hum_max_duration");
  b.require(c.hum_min_rate <= c.hum_max_rate, "hum_min_rate", "must not exceed hum_max_rate");
}

}  // namespace melomine::synth
