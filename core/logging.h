#pragma once

#include <spdlog/spdlog.h>

#include <filesystem>

namespace melomine {

/// Logging goes through spdlog's own calls (`spdlog::info("…")`). This sends it to standard error, and after
/// `log_to_file` to that file as well (appended). Libraries log; only commands print results to standard
/// output.
void set_up_logging(spdlog::level::level_enum level);
void log_to_file(const std::filesystem::path& path);

}  // namespace melomine
