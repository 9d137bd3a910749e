#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/audio_store.h"
#include "dsp/audio_buffer.h"
#include "report/judged_groups.h"

namespace melomine::report {

/// What a clip of the page lasts at most.
inline constexpr double kLongestClip_s = 20;

/// Part of a recording of the shards, cut after kLongestClip_s. @throws DataError where it is not in them or
/// cannot be read
dsp::AudioBuffer clip_of(const datasets::AudioStore& store, const std::string& recording_id,
                         const TimeInterval& interval);
/// A player with the clip in it as MP3, brought to one level. @param name  for those who cannot see it; text
/// @throws DataError where it cannot be encoded
std::string audio_element(const std::string& name, dsp::AudioBuffer clip);

/// A group to hear: the original's fragment and up to two of its matches.
struct GroupToHear {
  const JudgedGroup* group = nullptr;
  std::vector<const JudgedMatch*> matches;
  bool mistake = false;  ///< chosen because its first match is wrong
};

/// At most `count` groups, of as many songs as there are: each with its best relevant match and an uncertain
/// or second one. Where the truth knows of mistakes, the last is the group of the one with the highest
/// correlation.
std::vector<GroupToHear> groups_to_hear(const std::vector<JudgedGroup>& groups, size_t count);

/// The groups as HTML with embedded MP3. Clips are cut after 20 s and brought to one level.
/// @throws DataError when a recording is not in the shards or cannot be read or encoded
std::string audio_html(const std::vector<GroupToHear>& groups, const datasets::AudioStore& store);

}  // namespace melomine::report
