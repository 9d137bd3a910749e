#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace melomine::testing {

inline std::filesystem::path folder_from(const char* variable, const char* fallback) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : fallback;
}

/// Where the reference outputs lie. Tests run in the project's root.
inline std::filesystem::path shared_golden() {
  return folder_from("MELOMINE_SHARED_GOLDEN", "../shared/golden");
}
/// Where the real recordings lie.
inline std::filesystem::path shared_data() {
  return folder_from("MELOMINE_SHARED_DATA", "../shared/data");
}

}  // namespace melomine::testing

/// Skips the test by name when a file or folder it needs is absent.
#define MELOMINE_REQUIRE_PATH(path)                                                              \
  if (!std::filesystem::exists(path)) {                                                          \
    GTEST_SKIP() << "needs " << (path) << " (see MELOMINE_SHARED_DATA, MELOMINE_SHARED_GOLDEN)"; \
  }                                                                                              \
  static_assert(true)
