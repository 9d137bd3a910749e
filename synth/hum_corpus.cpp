#include "synth/hum_corpus.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "configs/config.h"
#include "core/error.h"
#include "datasets/audio_store.h"
#include "datasets/fragment_groups.h"
#include "synth/hum_synthesis.h"

namespace melomine::synth {
namespace {

constexpr const char* kHumSuffix = "_hum";

/// What is drawn for the hum of a recording.
struct HumDraw {
  HumTimbre timbre;
  double transpose_semitones;
  double tempo_ratio;
  RandomStream voice;
};

HumDraw draw_hum(const HumCorpusConfig& config, const std::string& recording_id) {
  RandomStream random({static_cast<uint64_t>(config.seed), stream_id("hum"), stream_id(recording_id)});
  const bool whistles = random.chance(0.5);
  const auto reach = static_cast<int64_t>(std::floor(config.keys_semitones));
  const auto key = static_cast<double>(random.integer(2 * reach + 1) - reach);
  const double tempo_ratio = std::exp(random.uniform(-1, 1) * std::log1p(config.tempo));
  const HumTimbre timbre =
      config.timbre == HumTimbres::kBoth
          ? (whistles ? HumTimbre::kWhistled : HumTimbre::kHummed)
          : (config.timbre == HumTimbres::kWhistled ? HumTimbre::kWhistled : HumTimbre::kHummed);
  return {timbre, key, tempo_ratio, random.child(1)};
}

std::optional<datasets::Recording> hum_of(const datasets::StoredRecording& stored) {
  if (!datasets::is_sung(stored.recording.kind)) return std::nullopt;
  datasets::Recording hum;
  hum.recording_id = stored.recording.recording_id + kHumSuffix;
  hum.song_id = stored.recording.song_id;
  hum.kind = datasets::RecordingKind::kHumming;
  hum.path =
      datasets::kGeneratedFolder + hum.recording_id;  // there is no file; fragment tables find it by its id
  hum.title = stored.recording.title;
  hum.artist = stored.recording.artist;
  return hum;
}

std::vector<int16_t> sixteen_bits(const dsp::AudioBuffer& audio) {
  std::vector<int16_t> samples(audio.samples.size());
  std::transform(audio.samples.begin(), audio.samples.end(), samples.begin(), [](float x) {
    return static_cast<int16_t>(std::clamp(std::round(x * 32768.0f), -32768.0f, 32767.0f));
  });
  return samples;
}

double to_microseconds(double seconds) {
  return std::round(seconds * 1e6) / 1e6;
}

/// hums.csv: a group for each recording that has a hum.
void write_hum_groups(const std::filesystem::path& out) {
  const datasets::AudioStore store(out, datasets::Rendition::kVocals);
  std::vector<datasets::FragmentRow> rows;
  std::map<std::string, int> groups_of_song;
  for (size_t i = 0; i < store.size(); ++i) {
    const datasets::StoredRecording& stored = store.at(i);
    const auto wanted = hum_of(stored);
    const int64_t hum = wanted ? store.find(wanted->recording_id) : -1;
    if (hum < 0) continue;
    datasets::FragmentRow row;
    const int number = ++groups_of_song[stored.recording.song_id];
    row.group_id = stored.recording.song_id + "_h" + std::to_string(number);
    row.fragment_id = "1";
    const auto add = [&](const datasets::StoredRecording& member) {
      row.id = row.recording_id = member.recording.recording_id;
      row.audio_type = member.recording.kind;
      row.youtube_id = member.recording.youtube_id;
      row.duration_s = to_microseconds(static_cast<double>(member.length_samples) / store.sample_rate_hz());
      row.interval = {0, row.duration_s};
      row.correlation = 1;
      rows.push_back(row);
    };
    add(stored);
    add(store.at(static_cast<size_t>(hum)));
  }
  datasets::write_fragment_table(out / "hums.csv", rows, datasets::TableColumns::kChadWithProvenance);
}

}  // namespace

void bind(configs::Binder& b, HumCorpusConfig& c) {
  b.enumeration(
      "timbre", c.timbre,
      {{"both", HumTimbres::kBoth}, {"hummed", HumTimbres::kHummed}, {"whistled", HumTimbres::kWhistled}},
      "of the hums; both: each by an equal chance");
  b.number("keys_semitones", c.keys_semitones, configs::between(0, 24),
           "each hum is transposed by a whole number of semitones within this");
  b.number("tempo", c.tempo, configs::between(0, 1),
           "each hum's tempo is drawn within 1 / (1 + this) to 1 + this times the recording's");
  b.integer("seed", c.seed, configs::at_least(0),
            "of everything drawn; each recording has a stream of its own");
  b.nested("tones", c.tones, "how a pitch track becomes tones");
}

datasets::DerivedSummary make_hums(const HumCorpusConfig& config, const HumCorpusOptions& options,
                                   RunObserver& observer) {
  configs::check(config, "[hum]");
  datasets::DerivedJob job{.command = "hum",
                           .base = options.shards,
                           .out = options.out,
                           .jobs = options.jobs,
                           .shard_mib = options.shard_mib,
                           .heard = datasets::Rendition::kVocals,
                           .identity = {{"hums", configs::to_json(config)}, {"tracking", options.tracking}},
                           .derived_of = hum_of};
  job.make = [&](const dsp::AudioBuffer& audio, const datasets::StoredRecording& stored) {
    HumDraw draw = draw_hum(config, stored.recording.recording_id);
    const auto tones =
        changed_tones(discrete_tones(options.track_pitch(audio.samples, audio.sample_rate_hz), config.tones),
                      draw.transpose_semitones, draw.tempo_ratio);
    if (tones.empty()) throw DataError("no tones: nothing in it has a pitch");
    return sixteen_bits(synthesise_hum(tones, draw.timbre, audio.duration_s() / draw.tempo_ratio,
                                       audio.sample_rate_hz, draw.voice));
  };
  datasets::DerivedSummary summary = datasets::derive_shards(job, observer);
  write_hum_groups(options.out);
  return summary;
}

}  // namespace melomine::synth
