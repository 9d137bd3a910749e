#pragma once

#include <string>
#include <vector>

#include "mining/mined_set.h"

namespace melomine::mining::testing {

/// A song `id` with an original `id_o` and covers `id_c1`, `id_c2`, …
inline Song song_of(const std::string& id, int covers) {
  const auto recording = [](const std::string& recording_id) {
    return SongRecording{recording_id, "tube_" + recording_id, "sha_" + recording_id, 120, {}};
  };
  Song song{id, recording(id + "_o"), {}};
  for (int c = 1; c <= covers; ++c) song.covers.push_back(recording(id + "_c" + std::to_string(c)));
  return song;
}

inline MinedSong mined_song_of(const Song& song, std::vector<MinedFragment> fragments) {
  MinedSong mined;
  mined.song_id = song.song_id;
  mined.original_id = song.original.recording_id;
  mined.original_s = song.original.duration_s;
  mined.sounding_s = 80.5;
  mined.level_db = 60;
  mined.pause_s = 1;
  mined.covers = static_cast<int64_t>(song.covers.size());
  mined.fragments = std::move(fragments);
  return mined;
}

/// A match as long as `of`, its centre at center_s.
inline MinedMatch match_at(const std::string& recording_id, const TimeInterval& of, double center_s,
                           double correlation) {
  const double half_s = 0.5 * of.duration_s();
  return {recording_id, {center_s - half_s, center_s + half_s}, correlation, 1};
}

}  // namespace melomine::mining::testing
