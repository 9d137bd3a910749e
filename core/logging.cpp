#include "core/logging.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "core/error.h"

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

/// What the process logs to: standard error, and files that come and go while other threads log.
class Log {
 public:
  static Log& instance() {
    static Log log;
    return log;
  }

  spdlog::logger& logger() { return logger_; }

  void open(const std::filesystem::path& path) {
    const std::lock_guard guard(mutex_);
    if (const auto found = opened_.find(path); found != opened_.end()) {
      ++found->second.holders;
      return;
    }
    const auto sink = sink_for(path);
    opened_.emplace(path, Opened{sink, 1});
    files_->add_sink(sink);
  }

  void close(const std::filesystem::path& path) {
    const std::lock_guard guard(mutex_);
    const auto found = opened_.find(path);
    if (--found->second.holders > 0) return;
    files_->remove_sink(found->second.sink);
    opened_.erase(found);
  }

 private:
  struct Opened {
    spdlog::sink_ptr sink;
    int holders = 0;
  };

  Log() : files_(std::make_shared<spdlog::sinks::dist_sink_mt>()), logger_("melomine", {console(), files_}) {
    logger_.flush_on(spdlog::level::info);
  }

  static spdlog::sink_ptr console() {
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    sink->set_pattern("%^%l%$ %v");
    return sink;
  }

  static spdlog::sink_ptr sink_for(const std::filesystem::path& path) {
    try {
      auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
      sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
      return sink;
    } catch (const spdlog::spdlog_ex& e) {
      throw DataError(path.string(), "", std::string("cannot be logged to: ") + e.what());
    }
  }

  std::shared_ptr<spdlog::sinks::dist_sink_mt> files_;
  spdlog::logger logger_;
  std::mutex mutex_;
  std::map<std::filesystem::path, Opened> opened_;
};

}  // namespace

void set_up_logging(LogLevel least) {
  Log::instance().logger().set_level(spdlog_level(least));
}

LogFile::LogFile(const std::filesystem::path& path)
    : path_(std::filesystem::weakly_canonical(std::filesystem::absolute(path))) {
  Log::instance().open(path_);
}

LogFile::~LogFile() {
  Log::instance().close(path_);
}

bool is_logged(LogLevel level) {
  return Log::instance().logger().should_log(spdlog_level(level));
}

void log(LogLevel level, fmt::string_view format, fmt::format_args arguments) {
  if (is_logged(level)) Log::instance().logger().log(spdlog_level(level), fmt::vformat(format, arguments));
}

}  // namespace melomine
