#pragma once

#include <fmt/core.h>

#include <filesystem>
#include <utility>

namespace melomine {

enum class LogLevel { kDebug, kInfo, kWarning };

/// Sends what is logged to standard error, and after `log_to_file` to that file as well (appended). Libraries
/// log; only commands print results to standard output.
/// @param least  what is less is not logged
void set_up_logging(LogLevel least);
void log_to_file(const std::filesystem::path& path);

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
