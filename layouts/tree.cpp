#include "layouts/tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/folder.h"
#include "core/text.h"

namespace melomine::layouts {

namespace fs = std::filesystem;

std::string plain_path(std::string_view name) {
  std::string plain(trimmed(name));
  std::replace(plain.begin(), plain.end(), '\\', '/');
  for (;;) {
    if (plain.starts_with("./"))
      plain.erase(0, 2);
    else if (plain.starts_with('/'))
      plain.erase(0, 1);
    else
      return plain;
  }
}

std::optional<fs::path> find_child(const fs::path& folder, std::initializer_list<std::string_view> names) {
  if (!fs::is_directory(folder)) return std::nullopt;
  const std::vector<fs::path> children = list_folder(folder);
  for (const std::string_view name : names)
    for (const fs::path& child : children)
      if (lower_case(child.filename().string()) == lower_case(name)) return child;
  return std::nullopt;
}

std::optional<fs::path> find_root(const fs::path& folder,
                                  const std::function<bool(const fs::path&)>& is_root) {
  if (!fs::is_directory(folder))
    throw DataError(folder.string(), "", fs::exists(folder) ? "is no folder" : "there is no such folder");
  if (is_root(folder)) return folder;
  std::optional<fs::path> found;
  for (const fs::path& child : list_folder(folder)) {
    if (!fs::is_directory(child) || !is_root(child)) continue;
    if (found) return std::nullopt;
    found = child;
  }
  return found;
}

void fail_tree(const fs::path& folder, std::string_view layout, const std::vector<std::string>& looked_for) {
  constexpr size_t kShown = 8;
  std::vector<std::string> held;
  for (const fs::path& child : list_folder(folder))
    held.push_back(child.filename().string() + (fs::is_directory(child) ? "/" : ""));
  const size_t shown = std::min(kShown, held.size());
  std::string holds =
      held.empty()
          ? "nothing"
          : fmt::format("{}", fmt::join(held.begin(), held.begin() + static_cast<int64_t>(shown), ", "));
  if (shown < held.size()) holds += fmt::format(", … {} more", held.size() - shown);
  throw DataError(folder.string(), "",
                  fmt::format("is not laid out as {}: looked there, and in its folders, for {}; it holds {}",
                              layout, fmt::join(looked_for, " and "), holds));
}

std::optional<fs::path> PathFinder::find(const fs::path& folder, std::string_view name) {
  const fs::path relative = plain_path(name);
  if (relative.empty()) return std::nullopt;
  std::error_code ignored;
  if (fs::is_regular_file(folder / relative, ignored)) return folder / relative;
  fs::path path = folder;
  for (const fs::path& part : relative) {
    if (fs::exists(path / part, ignored)) {  // so ".." is passed, too
      path /= part;
      continue;
    }
    const auto& names = names_in(path);
    const auto found = names.find(lower_case(part.string()));
    if (found == names.end()) return std::nullopt;
    path /= found->second;
  }
  return fs::is_regular_file(path, ignored) ? std::optional(path) : std::nullopt;
}

const std::map<std::string, std::string>& PathFinder::names_in(const fs::path& folder) {
  const auto [entry, fresh] = names_.try_emplace(folder);
  std::error_code ignored;
  if (fresh && fs::is_directory(folder, ignored))
    for (const fs::path& child : list_folder(folder))
      entry->second.emplace(lower_case(child.filename().string()), child.filename().string());
  return entry->second;
}

}  // namespace melomine::layouts
