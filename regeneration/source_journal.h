#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/line_log.h"

namespace melomine::regeneration {

/// What became of a recording's fragments, once they are written.
struct SourceFate {
  std::string id;                      ///< WantedSource::id
  std::string path;                    ///< of the audio that they were cut from
  int64_t bytes = 0, modified_ns = 0;  ///< of that file
  double duration_s = 0;
  std::string reason;                  ///< as CutSource has it
  std::vector<std::string> short_ids;  ///< fragments GROUP/FRAGMENT/ID that end behind the recording
};

/// The memory of a regeneration: a line per recording, appended as a whole. A torn last line, left by a kill,
/// is passed over. Safe to append to from several threads.
class SourceJournal {
 public:
  /// Opens or begins it. @throws DataError
  explicit SourceJournal(const std::filesystem::path& path);

  /// The last word on a recording; nullptr where there is none.
  const SourceFate* find(const std::string& id) const;
  void append(SourceFate fate);

 private:
  LineLog lines_;
  std::map<std::string, SourceFate> fates_;
  std::mutex mutex_;
};

}  // namespace melomine::regeneration
