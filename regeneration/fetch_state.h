#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace melomine::regeneration {

/// How far the download of a recording has come.
enum class FetchProgress { kNew, kDone, kTemporary, kPermanent };

/// A row of fetch.csv: id, state, reason, message, attempts, last_try, sha256, duration_s.
struct FetchRecord {
  FetchProgress state = FetchProgress::kNew;
  std::string
      reason;  ///< as Failure has it, and of files: "empty", "html", "no_audio", "damaged", "too_short"
  std::string message;  ///< last lines that the program printed, in one
  int64_t attempts = 0;
  std::string last_try;  ///< UTC, "2026-11-30T04:05:06Z"
  std::string sha256;    ///< of the file that the last attempt brought; "" where there was none
  double duration_s = 0;
};

/// What is known of downloads, kept in a table that is rewritten whole after each.
class FetchState {
 public:
  /// Reads the table where it is there. @throws DataError naming file and line
  explicit FetchState(std::filesystem::path path);
  FetchRecord& of(const std::string& id) { return records_[id]; }
  const std::map<std::string, FetchRecord>& records() const { return records_; }
  /// @throws DataError
  void write() const;
  /// Downloads that failed for now may be tried as often as new ones.
  void forget_temporary();

 private:
  std::filesystem::path path_;
  std::map<std::string, FetchRecord> records_;
};

}  // namespace melomine::regeneration
