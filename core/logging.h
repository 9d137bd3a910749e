#pragma once

#include <fmt/core.h>

#include <filesystem>
#include <utility>

namespace melomine {

enum class LogLevel { kDebug, kInfo, kWarning };

/// What is logged goes to standard error, and to the files of every `LogFile` there is. Libraries log; only
/// commands print results to standard output.
/// @param least  what is less is not logged; kInfo before this is called
void set_up_logging(LogLevel least);

/// A file that what the process logs is appended to, from all threads, as long as this lives. Of several that
/// name one file, each line is in it once.
class LogFile {
 public:
  /// @throws DataError when the file cannot be opened
  explicit LogFile(const std::filesystem::path& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

 private:
  std::filesystem::path path_;
};

/// Whether this level is logged at all.
bool is_logged(LogLevel level);
void log(LogLevel level, fmt::string_view format, fmt::format_args arguments);

template <class... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... arguments) {
  log(LogLevel::kDebug, format, fmt::make_format_args(arguments...));
}
template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... arguments) {
  log(LogLevel::kInfo, format, fmt::make_format_args(arguments...));
}
template <class... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... arguments) {
  log(LogLevel::kWarning, format, fmt::make_format_args(arguments...));
}

}  // namespace melomine
