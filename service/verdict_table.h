#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/folder_lock.h"

namespace melomine::service {

/// The table of the hums that were judged, and the folder they lie in beside it.
inline constexpr const char* kVerdictsFile = "queries.csv";
inline constexpr const char* kHumsFolder = "hums";

/// Hums whose song people named, as a query table that `melomine evaluate` reads: columns query,
/// reference_id and group. A hum of which people said that its song was not found has a group of its own in
/// place of a reference_id. Several threads use it; the folder is locked against other processes.
class VerdictTable {
 public:
  /// Makes the folder, or goes on with the table that lies in it.
  /// @throws DataError where the table there is another one, or another process has the folder
  VerdictTable(std::filesystem::path folder, int64_t most_hums);

  /// Writes the hum, then the table; each appears whole or not at all. A second verdict of a hum replaces the
  /// first.
  /// @param name    of the hum
  /// @param ending  of its file, with the dot
  /// @param song_id  nothing: none of those that were found
  /// @throws HttpError 507 where the folder is full; DataError where it cannot be written
  void judge(const std::string& name, std::string_view ending, std::string_view bytes,
             const std::optional<std::string>& song_id);

  int64_t size() const;

 private:
  struct Verdict {
    std::string query, reference_id, group;
  };

  void read();
  void write() const;

  std::filesystem::path folder_;
  int64_t most_hums_;
  std::optional<FolderLock> lock_;
  mutable std::mutex mutex_;
  std::vector<Verdict> verdicts_;
};

}  // namespace melomine::service
