#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/progress.h"
#include "regeneration/wanted.h"

namespace melomine::regeneration {

struct FetchOptions {
  /// The program and its arguments, run without a shell. In them {id} stands for the recording's id, {url}
  /// for its address at YouTube, {folder} for an empty folder in which the program leaves one file of audio.
  std::vector<std::string> command;
  std::filesystem::path into;   ///< where recordings are kept, as ID.EXTENSION
  std::filesystem::path state;  ///< table of what was tried (FetchState)
  double per_hour = 300;        ///< downloads begun an hour at most; 0 = no limit
  int64_t attempts = 3;         ///< of a recording that fails for now
  double timeout_s = 900;       ///< of one download
  double back_off_s = 60;       ///< wait after the site asked for fewer requests; doubled each time in a row
  double longest_back_off_s = 3600;
  int64_t most_throttled = 6;  ///< times in a row, after which the pass ends
  double tolerance_s = 0.5;    ///< by which a recording may end before its last fragment does
  bool retry = false;          ///< recordings that failed for now are tried anew, as often as new ones
};

struct FetchSummary {
  int64_t wanted = 0, done = 0, temporary = 0, permanent = 0, fetched_now = 0;
  std::map<std::string, int64_t> reasons;  ///< of those that are not done
  std::string stopped;                     ///< why the pass ended early; "" where it did not
};

/// "yt-dlp -f bestaudio -o '{folder}/a.%(ext)s' {url}" as words: blanks part them, quotes of either kind hold
/// them together, a backslash takes the next character as it is. @throws ConfigError for an open quote, or
/// none
std::vector<std::string> words_of(std::string_view command);

/// Downloads recordings that are not there yet, one after the other, by an external program. What
/// it brings is kept only if it decodes and is as long as its fragments need. The state table is written
/// after each: interrupted, the same call goes on, and tries again only what failed for now.
/// @throws ConfigError for options out of range, or a command that hands over {id} where it may be taken for
///         an option (ids may begin with '-')
/// @throws DataError where the program is not to be found, or a file cannot be written
/// @throws Cancelled when the user asks to stop
/// @param wanted  archived hums among them are passed over
FetchSummary fetch(const std::vector<WantedSource>& wanted, const FetchOptions& options,
                   RunObserver& observer);

}  // namespace melomine::regeneration
