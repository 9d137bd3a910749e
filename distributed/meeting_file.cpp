#include "distributed/meeting_file.h"

#include <chrono>
#include <string_view>
#include <system_error>

namespace melomine::distributed {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = ".rendezvous-";
constexpr auto kOld = std::chrono::hours(24);  // far beyond what ranks wait for each other

}  // namespace

fs::path meeting_file(const fs::path& folder, const std::string& start) {
  return folder / std::string(kPrefix).append(start);
}

void remove_left_meeting_files(const fs::path& folder, const std::string& start, const std::string& job) {
  std::error_code error;  // what cannot be looked at or removed does no harm
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(kPrefix) || at->path() == meeting_file(folder, start)) continue;
    const bool is_of_job = !job.empty() && name.substr(kPrefix.size()).starts_with(job + "-");
    std::error_code unknown;
    const auto written = fs::last_write_time(at->path(), unknown);
    if (is_of_job || (!unknown && now - written > kOld)) fs::remove(at->path(), unknown);
  }
}

}  // namespace melomine::distributed
