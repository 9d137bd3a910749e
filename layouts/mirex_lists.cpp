#include "layouts/mirex_lists.h"

#include <fmt/format.h>

#include <set>

#include "core/error.h"
#include "core/text.h"
#include "layouts/list_file.h"
#include "layouts/tree.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

std::vector<Item> read_paths(const fs::path& list, Checklist& checklist) {
  std::vector<Item> items;
  std::set<std::string> known;
  PathFinder finder;
  for (const ListRow& row : read_tab_rows(list)) {
    const std::string& name = row.values.front();
    if (!known.insert(name).second) {
      checklist.add_unread(fmt::format("{}: '{}' was given before", line_of(list, row.line), name));
      continue;
    }
    fs::path path = name;
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) path = finder.find(list.parent_path(), name).value_or(path);
    items.push_back({.id = name,
                     .path = path,
                     .is_there = fs::is_regular_file(path, ignored),
                     .group = row.values.size() > 1 ? row.values[1] : std::string(),
                     .place = line_of(list, row.line)});
  }
  if (items.empty()) throw DataError(list.string(), "", "names no file; it needs a path a line");
  return items;
}

}  // namespace

PublishedSet read_mirex_lists(const fs::path& queries, const fs::path& collection) {
  PublishedSet set{.lists = {queries, collection},
                   .checklist = {.layout = "lists of MIREX", .root = queries.parent_path()}};
  set.queries = read_paths(queries, set.checklist);
  set.references = read_paths(collection, set.checklist);
  check_items(set.checklist, "queries", set.queries);
  check_items(set.checklist, "references", set.references);
  return set;
}

std::string mirex_text(const DistanceMatrix& matrix) {
  const auto columns = static_cast<size_t>(matrix.references);
  if (matrix.distances.size() != matrix.queries.size() * columns || columns > matrix.paths.size())
    throw ShapeError(fmt::format("[mirex] {} distances are not those of {} queries to {} references",
                                 matrix.distances.size(), matrix.queries.size(), columns));
  std::string text = matrix.title + "\n";
  for (size_t p = 0; p < matrix.paths.size(); ++p) text += fmt::format("{}\t{}\n", p + 1, matrix.paths[p]);
  text += "Q/R";
  for (size_t c = 0; c < columns; ++c) text += fmt::format("\t{}", c + 1);
  text += "\n";
  for (size_t q = 0; q < matrix.queries.size(); ++q) {
    text += std::to_string(matrix.queries[q] + 1);
    for (size_t c = 0; c < columns; ++c)
      text += fmt::format("\t{}", format_number(static_cast<double>(matrix.distances[q * columns + c])));
    text += "\n";
  }
  return text;
}

}  // namespace melomine::layouts
