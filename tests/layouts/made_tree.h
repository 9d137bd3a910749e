#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "core/error.h"
#include "layouts/published_set.h"
#include "tests/support/temp_folder.h"

namespace melomine::layouts {

/// A tree of files that a test makes. Audio is never opened by a reader: one byte stands for it.
class MadeTree {
 public:
  std::filesystem::path path(const std::string& name = "") const {
    return name.empty() ? folder_->path() : *folder_ / name;
  }
  void write(const std::string& name, const std::string& content) const {
    write_file_atomically(path(name), content);
  }
  void touch(const std::vector<std::string>& names) const {
    for (const std::string& name : names) write(name, "x");
  }

 private:
  std::unique_ptr<melomine::testing::TempFolder> folder_ = std::make_unique<melomine::testing::TempFolder>();
};

/// The message of the Error with which reading ends; "" where it does not.
inline std::string refusal(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

/// "a b -c": ids, those that are not there with a dash.
inline std::string ids_of(const std::vector<Item>& items) {
  std::string ids;
  for (const Item& item : items)
    ids += (ids.empty() ? "" : " ") + std::string(item.is_there ? "" : "-") + item.id;
  return ids;
}

inline std::string groups_of(const std::vector<Item>& items) {
  std::string groups;
  for (const Item& item : items) groups += (groups.empty() ? "" : " ") + item.group;
  return groups;
}

/// A text with other line ends, behind a byte-order mark.
inline std::string with_line_ends(const std::string& text, const std::string& end) {
  std::string changed = "\xEF\xBB\xBF";
  for (const char c : text) changed += c == '\n' ? end : std::string(1, c);
  return changed;
}

}  // namespace melomine::layouts
