#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "datasets/recording.h"
#include "dsp/audio_buffer.h"
#include "dsp/voice_mask.h"
#include "mining/cover_match.h"
#include "mining/fragmentation.h"
#include "retrieval/centring.h"
#include "retrieval/embedder.h"

namespace melomine::mining {

/// The stage `mine` of an experiment: Algorithm 1 and how its work is cut.
struct MiningConfig {
  FragmentationConfig fragments;
  MatchConfig match;
  /// Ours: what all windows of a recording share is its singer, its room, its accompaniment. kNone or
  /// kRecording.
  retrieval::Centring center = retrieval::Centring::kNone;
  dsp::VoiceMask voice;        ///< windows of originals and covers without a voice count for nothing
  int64_t songs_per_part = 4;  ///< a part is the unit of resuming and of spreading over workers
};
void bind(configs::Binder& b, MiningConfig& c);

/// A recording of one song, loaded when it is its turn.
struct SongRecording {
  std::string recording_id, youtube_id, source_sha256;
  double duration_s = 0;
  std::function<dsp::AudioBuffer()> audio;  ///< vocals
};

/// A song of C: one original and its covers.
struct Song {
  std::string song_id;
  SongRecording original;
  std::vector<SongRecording> covers;
};

struct MinedMatch {
  std::string recording_id;
  TimeInterval interval;
  double correlation = 0, tempo_ratio = 1;
  double margin = kNoRival;  ///< CoverMatch::margin
};

/// A unique fragment of the original and where it was found.
struct MinedFragment {
  TimeInterval interval;            ///< in the original
  std::vector<MinedMatch> matches;  ///< at or above β_irrel; covers in the song's order
  std::vector<MinedMatch> best;     ///< the highest peak of each cover that is long enough, whatever it is
};

using datasets::SetAside;

struct MinedSong {
  std::string song_id, original_id;
  double original_s = 0, sounding_s = 0;
  double level_db = 0, pause_s = 0;  ///< the setting that gave most fragments
  std::vector<MinedFragment> fragments;
  int64_t covers = 0;               ///< of the song, those set aside included
  std::vector<SetAside> set_aside;  ///< recordings that could not be used, and why
  // Where the time went, s; not part of the mined set.
  double embed_wall_s = 0, wall_s = 0, audio_s = 0;
};

/// Algorithm 1 on one song, one recording in memory at a time. A recording whose fingerprints are not finite,
/// that holds no sound or that is too short for a fragment is set aside. Without fragments (or without the
/// original) covers are not even loaded. Errors of reading audio are thrown: they are repaired and the
/// command run again.
/// @throws Cancelled between recordings when the user asked to stop
MinedSong mine_song(const Song& song, const retrieval::Embedder& embedder, const MiningConfig& config);

}  // namespace melomine::mining
