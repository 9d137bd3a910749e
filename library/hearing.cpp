#include "library/hearing.h"

#include <fmt/format.h>

#include <memory>

#include "core/error.h"
#include "dsp/decode.h"
#include "dsp/midi.h"
#include "dsp/silence.h"
#include "dsp/time_stretch.h"
#include "retrieval/melody_embedder.h"
#include "synth/melody_render.h"

namespace melomine::library {
namespace {

using retrieval::HeardMelody;
using retrieval::MelodyEmbedder;

dsp::Contour tracked(const dsp::AudioBuffer& audio, const Ears& ears) {
  return dsp::contour_of(ears.tracker.track(audio.samples, audio.sample_rate_hz), ears.contour_hop_s);
}

/// What an encoder has followed itself, else what the tracker says.
dsp::Contour contour_of(const HeardMelody& melody, const dsp::AudioBuffer& audio, const Ears& ears) {
  const dsp::Contour* own = melody.contour();
  return own != nullptr && own->hop_s == ears.contour_hop_s ? *own : tracked(audio, ears);
}

HeardSong hear_score(const SongFile& song, const Ears& ears) {
  const std::vector<dsp::Note> notes = dsp::melody_of(dsp::read_midi(song.path), song.path.string());
  HeardSong heard;
  heard.contour = dsp::contour_of(notes, ears.contour_hop_s);
  const auto* melody = dynamic_cast<const MelodyEmbedder*>(&ears.model);
  heard.fingerprints =
      melody != nullptr ? melody->read(notes)->embed(1) : ears.model.embed(synth::render_melody(notes));
  heard.song.duration_s = heard.contour.duration_s();
  return heard;
}

}  // namespace

HeardSong hear_song(const SongFile& song, const Ears& ears) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(song.path, error))
    throw DataError(song.path.string(), "", fmt::format("is no file ({})", song.table));
  if (dsp::is_midi(song.path)) return hear_score(song, ears);
  const dsp::AudioBuffer audio = dsp::load_audio(song.path);
  HeardSong heard;
  if (const auto* model = dynamic_cast<const MelodyEmbedder*>(&ears.model)) {
    const auto melody = model->hear(audio);
    heard.fingerprints = melody->embed(1);
    heard.contour = contour_of(*melody, audio, ears);
  } else {
    heard.fingerprints = ears.model.embed(audio);
    heard.contour = tracked(audio, ears);
  }
  heard.song.duration_s = audio.duration_s();
  return heard;
}

Query hear_query(dsp::AudioBuffer audio, std::span<const double> tempo_ratios, double trim_db,
                 const Ears& ears) {
  Query query{.tempo_ratios = {tempo_ratios.begin(), tempo_ratios.end()}, .variants = {}, .contour = {}};
  if (audio.samples.empty()) throw DataError("the query is empty");
  if (const auto* model = dynamic_cast<const MelodyEmbedder*>(&ears.model)) {
    const auto melody = model->hear(audio);
    if (!melody->has_pitch()) throw DataError("the query has no pitch that could be followed");
    for (const double ratio : tempo_ratios) query.variants.push_back(melody->embed(ratio));
    query.contour = contour_of(*melody, audio, ears);
  } else {
    query.start_s = dsp::trim_ends(audio, trim_db);
    for (const double ratio : tempo_ratios) {
      dsp::AudioBuffer at_tempo = audio;
      if (ratio != 1) at_tempo.samples = dsp::time_stretch(audio.samples, ratio, audio.sample_rate_hz);
      query.variants.push_back(ears.model.embed(at_tempo));
    }
    query.contour = tracked(audio, ears);
  }
  query.duration_s = audio.duration_s();
  return query;
}

}  // namespace melomine::library
