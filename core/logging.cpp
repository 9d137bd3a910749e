#include "core/logging.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <memory>

namespace melomine {

void set_up_logging(spdlog::level::level_enum level) {
  auto logger =
      std::make_shared<spdlog::logger>("melomine", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_level(level);
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

}  // namespace melomine
