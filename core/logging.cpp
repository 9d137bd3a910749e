#include "core/logging.h"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace melomine {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
  }
  return spdlog::level::info;
}

}  // namespace

void set_up_logging(LogLevel least) {
  auto logger =
      std::make_shared<spdlog::logger>("melomine", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_level(spdlog_level(least));
  logger->set_pattern("%^%l%$ %v");
  spdlog::set_default_logger(logger);
}

void log_to_file(const std::filesystem::path& path) {
  static std::filesystem::path current;
  const auto wanted = std::filesystem::absolute(path);
  if (wanted == current) return;  // each stage of a run asks for it
  current = wanted;
  auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
  sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  spdlog::default_logger()->sinks().push_back(sink);
  spdlog::default_logger()->flush_on(spdlog::level::info);
}

bool is_logged(LogLevel level) {
  return spdlog::should_log(spdlog_level(level));
}

void log(LogLevel level, fmt::string_view format, fmt::format_args arguments) {
  if (is_logged(level)) spdlog::log(spdlog_level(level), fmt::vformat(format, arguments));
}

}  // namespace melomine
