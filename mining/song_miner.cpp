#include "mining/song_miner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "core/cancellation.h"
#include "retrieval/voice_mask.h"

namespace melomine::mining {
namespace {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// A recording that can be searched.
struct Fingerprinted {
  dsp::AudioBuffer audio;
  retrieval::FingerprintSequence z;
};

/// Why audio cannot be mined, or "".
std::string unusable_audio(const dsp::AudioBuffer& audio, const FragmentationConfig& config) {
  if (audio.duration_s() <= config.min_s)
    return fmt::format("{:.2f} s long, and fragments are longer than {} s", audio.duration_s(), config.min_s);
  if (std::all_of(audio.samples.begin(), audio.samples.end(), [](float x) { return x == 0; }))
    return fmt::format("no sound in {:.2f} s: every sample is 0", audio.duration_s());
  return "";
}

/// Why fingerprints cannot be matched, or "".
std::string unusable_fingerprints(const retrieval::FingerprintSequence& z) {
  const auto finite = [](float x) { return std::isfinite(x); };
  if (std::all_of(z.values.begin(), z.values.end(), finite)) return "";
  int64_t bad = 0;
  for (int64_t t = 0; t < z.steps; ++t) {
    const auto row = z.row(t);
    if (!std::all_of(row.begin(), row.end(), finite)) ++bad;
  }
  return fmt::format("{} of {} fingerprints are not finite", bad, z.steps);
}

/// Loads and fingerprints recordings; those that cannot be used are set aside.
class Loader {
 public:
  Loader(const retrieval::Embedder& embedder, const MiningConfig& config, MinedSong& song)
      : embedder_(embedder), config_(config), song_(song) {}

  /// The duration is wanted of originals that are set aside, too.
  std::optional<Fingerprinted> load(const SongRecording& recording, double* duration_s = nullptr) {
    throw_if_cancelled();
    Fingerprinted loaded{.audio = recording.audio(), .z = {}};
    if (duration_s != nullptr) *duration_s = loaded.audio.duration_s();
    std::string reason = unusable_audio(loaded.audio, config_.fragments);
    if (reason.empty()) {
      const Stopwatch watch;
      loaded.z = retrieval::embed_voice(embedder_, loaded.audio, config_.voice);
      song_.embed_wall_s += watch.seconds();
      song_.audio_s += loaded.audio.duration_s();
      reason = unusable_fingerprints(loaded.z);
    }
    if (reason.empty()) {
      if (config_.center == retrieval::Centring::kRecording) retrieval::subtract_own_mean(loaded.z);
      return loaded;
    }
    song_.set_aside.push_back({recording.recording_id, std::move(reason)});
    return std::nullopt;
  }

 private:
  const retrieval::Embedder& embedder_;
  const MiningConfig& config_;
  MinedSong& song_;
};

/// Fragments the original; its audio and fingerprints are gone when this returns.
std::optional<CoverMatcher> mine_original(const Song& song, Loader& loader, double window_s,
                                          const MiningConfig& config, MinedSong& mined) {
  const std::optional<Fingerprinted> original = loader.load(song.original, &mined.original_s);
  if (!original) return std::nullopt;
  const Fragmentation found = fragment_song(original->audio.samples, original->audio.sample_rate_hz,
                                            original->z, window_s, config.fragments);
  mined.sounding_s = found.sounding_s;
  if (found.fragments.empty()) return std::nullopt;
  mined.level_db = found.settings[found.best].level_db;
  mined.pause_s = found.settings[found.best].pause_s;
  for (const TimeInterval& interval : found.fragments)
    mined.fragments.push_back({.interval = interval, .matches = {}, .best = {}});
  return CoverMatcher(original->z, found.fragments, window_s, config.match);
}

void add_matches(const std::vector<CoverMatch>& matches, const std::string& recording_id,
                 std::vector<MinedMatch> MinedFragment::*list, MinedSong& mined) {
  for (const CoverMatch& match : matches)
    (mined.fragments[static_cast<size_t>(match.fragment)].*list)
        .push_back({.recording_id = recording_id,
                    .interval = match.interval,
                    .correlation = match.correlation,
                    .tempo_ratio = match.tempo_ratio,
                    .margin = match.margin});
}

}  // namespace

void bind(configs::Binder& b, MiningConfig& c) {
  b.nested("fragments", c.fragments, "how originals are cut into fragments (Algorithm 1, lines 1-14)");
  b.nested("match", c.match, "how fragments are found in covers (Algorithm 1, lines 15-24)");
  b.enumeration(
      "center", c.center,
      {{"none", retrieval::Centring::kNone}, {"recording", retrieval::Centring::kRecording}},
      "recording: what all fingerprints of a recording share is taken from them before they are compared");
  b.nested("voice", c.voice, "mask of windows without a voice, which count for nothing");
  b.integer("songs_per_part", c.songs_per_part, configs::at_least(1),
            "songs that are mined, saved and spread over workers together");
}

MinedSong mine_song(const Song& song, const retrieval::Embedder& embedder, const MiningConfig& config) {
  const Stopwatch watch;
  MinedSong mined;
  mined.song_id = song.song_id;
  mined.original_id = song.original.recording_id;
  mined.covers = static_cast<int64_t>(song.covers.size());
  Loader loader(embedder, config, mined);
  if (const auto matcher = mine_original(song, loader, embedder.window_s(), config, mined)) {
    for (const SongRecording& cover : song.covers) {
      const std::optional<Fingerprinted> loaded = loader.load(cover);
      if (!loaded) continue;
      const CoverMatches found = matcher->match(loaded->z, loaded->audio.duration_s());
      add_matches(found.matches, cover.recording_id, &MinedFragment::matches, mined);
      add_matches(found.best, cover.recording_id, &MinedFragment::best, mined);
    }
  }
  mined.wall_s = watch.seconds();
  return mined;
}

}  // namespace melomine::mining
