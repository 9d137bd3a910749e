#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "datasets/fragment_groups.h"
#include "tests/embedding/made_sounds.h"
#include "tests/support/made_audio.h"

namespace melomine::testing {

/// Groups of an original and two hums of 8 s, each a voice of its own.
class PlantedVoices {
 public:
  explicit PlantedVoices(int group_count) {
    constexpr double kRecording_s = 10, kGroup_s = 8;
    for (int g = 0; g < group_count; ++g) {
      datasets::FragmentGroup group{fmt::format("g{}", g), fmt::format("s{}", g), kGroup_s, {}};
      for (int member = 0; member < 3; ++member) {
        const std::string id = fmt::format("{}_{}", g, member);
        audio_[id] =
            voice(static_cast<int64_t>(kRecording_s * 16000), static_cast<uint64_t>(10 * g + member));
        group.fragments.push_back(
            {id,
             member == 0 ? datasets::RecordingKind::kOriginal : datasets::RecordingKind::kHumming,
             {1, 1 + kGroup_s},
             {{{0, kGroup_s}, {1, 1 + kGroup_s}}}});
      }
      groups.push_back(std::move(group));
    }
  }

  datasets::AudioReader reader() const { return reader_of(audio_); }

  std::vector<datasets::FragmentGroup> groups;

 private:
  std::map<std::string, Sound> audio_;
};

}  // namespace melomine::testing
