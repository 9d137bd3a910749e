#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine::testing {

/// Columns of CHAD's table.
inline constexpr const char* kHeader =
    "group_id,fragment_id,id,audio_type,youtube_id,interval,correlation,check_by_crowdsource,is_available,"
    "duration\n";

/// A folder with a table in it.
class MadeTable {
 public:
  explicit MadeTable(const std::string& rows) { write_file_atomically(table(), kHeader + rows); }
  std::filesystem::path table() const { return folder_ / "dataset.csv"; }
  std::filesystem::path path(const std::string& name) const { return folder_ / name; }

 private:
  TempFolder folder_;
};

/// What an Error says; "" where nothing was thrown.
inline std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace melomine::testing
