#pragma once

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <system_error>

namespace melomine::testing {

/// Copies a folder that is made once for each build of the binary, not once a test.
/// @param name  of the folder, another for each content
/// @param make  fills the folder that it is given
inline void copy_made_once(const std::string& name, const std::filesystem::path& target,
                           const std::function<void(const std::filesystem::path&)>& make) {
  namespace fs = std::filesystem;
  const auto built = fs::last_write_time(MELOMINE_BINARY).time_since_epoch().count();
  const fs::path all = fs::path(MELOMINE_BUILD_FOLDER) / "tests/e2e/made_once",
                 of_build = all / std::to_string(built);
  fs::create_directories(of_build);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(all))
    if (entry.path() != of_build) fs::remove_all(entry.path(), ignored);
  const fs::path whole = of_build / name;
  if (!fs::exists(whole)) {
    const fs::path part = of_build / (name + "." + std::to_string(getpid()));
    make(part);
    std::error_code made_by_another;
    fs::rename(part, whole, made_by_another);
    if (made_by_another) fs::remove_all(part);
  }
  fs::copy(whole, target, fs::copy_options::recursive);
}

}  // namespace melomine::testing
