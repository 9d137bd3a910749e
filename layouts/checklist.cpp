#include "layouts/checklist.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace melomine::layouts {

void Checklist::tally(const std::string& name, bool is_there) {
  ChecklistPart& part = parts.back();
  ++part.expected;
  if (is_there)
    ++part.found;
  else if (part.missing.size() < kNamedFirst)
    part.missing.push_back(name);
}

void Checklist::add_unread(std::string row) {
  ++unread_rows;
  if (unread.size() < kNamedFirst) unread.push_back(std::move(row));
}

bool Checklist::complete() const {
  return unread_rows == 0 && std::all_of(parts.begin(), parts.end(), [](const ChecklistPart& part) {
           return part.found >= part.expected;
         });
}

std::string Checklist::text() const {
  constexpr size_t kShown = 3;
  std::string counts, missing;
  int64_t not_found = 0;
  size_t shown = 0;
  for (const ChecklistPart& part : parts) {
    counts += fmt::format("{}{} of {} {}", counts.empty() ? "" : ", ", with_thousands(part.found),
                          with_thousands(part.expected), part.what);
    not_found += std::max<int64_t>(0, part.expected - part.found);
    for (const std::string& name : part.missing)
      if (shown < kShown) missing += fmt::format("{}{}", shown++ == 0 ? "; missing: " : ", ", name);
  }
  if (const int64_t more = not_found - static_cast<int64_t>(shown); shown > 0 && more > 0)
    missing += fmt::format(", … {} more", with_thousands(more));
  std::string rows;
  if (unread_rows == 1) rows = fmt::format("; 1 row not read: {}", unread.front());
  if (unread_rows > 1)
    rows = fmt::format("; {} rows not read, the first: {}", with_thousands(unread_rows), unread.front());
  return counts + missing + rows;
}

std::string with_thousands(int64_t count) {
  std::string text = std::to_string(count);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > (count < 0 ? 1 : 0); at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

}  // namespace melomine::layouts
