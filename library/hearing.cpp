#include "library/hearing.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "core/error.h"
#include "dsp/decode.h"
#include "dsp/midi.h"
#include "dsp/rms.h"
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

/// The whole of it, silent or not.
Query heard_at(const dsp::AudioBuffer& audio, std::span<const double> tempo_ratios, const Ears& ears) {
  Query query{.tempo_ratios = {tempo_ratios.begin(), tempo_ratios.end()}, .variants = {}, .contour = {}};
  query.duration_s = audio.duration_s();
  if (const auto* model = dynamic_cast<const MelodyEmbedder*>(&ears.model)) {
    const auto melody = model->hear(audio);
    query.contour = contour_of(*melody, audio, ears);
    if (!melody->has_pitch()) return query;
    for (const double ratio : tempo_ratios) query.variants.push_back(melody->embed(ratio));
    return query;
  }
  for (const double ratio : tempo_ratios) {
    dsp::AudioBuffer at_tempo = audio;
    if (ratio != 1) at_tempo.samples = dsp::time_stretch(audio.samples, ratio, audio.sample_rate_hz);
    query.variants.push_back(ears.model.embed(at_tempo));
  }
  query.contour = tracked(audio, ears);
  return query;
}

std::vector<uint8_t> loud_frames(const dsp::AudioBuffer& audio, double hop_s, double silence_db) {
  const auto hop = std::llround(hop_s * audio.sample_rate_hz);
  const double least = std::pow(10, -silence_db / 20);
  std::vector<uint8_t> loud;
  for (const float level : dsp::frame_rms(audio.samples, 2 * hop, hop))
    loud.push_back(static_cast<double>(level) > least ? 1 : 0);
  return loud;
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
  if (audio.samples.empty()) throw DataError("the query is empty");
  const bool is_melody = dynamic_cast<const MelodyEmbedder*>(&ears.model) != nullptr;
  const double start_s = is_melody ? 0 : dsp::trim_ends(audio, trim_db);
  Query query = heard_at(audio, tempo_ratios, ears);
  if (query.variants.empty()) throw DataError("the query has no pitch that could be followed");
  query.start_s = start_s;
  return query;
}

Block hear_block(const dsp::AudioBuffer& audio, std::span<const double> tempo_ratios, double silence_db,
                 const Ears& ears) {
  Block block{.heard = heard_at(audio, tempo_ratios, ears), .sounding = {}};
  block.sounding = dynamic_cast<const MelodyEmbedder*>(&ears.model) != nullptr
                       ? block.heard.contour.voiced
                       : loud_frames(audio, ears.contour_hop_s, silence_db);
  return block;
}

}  // namespace melomine::library
