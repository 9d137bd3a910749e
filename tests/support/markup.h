#pragma once

#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace melomine::testing {

/// Whether an & begins no entity.
inline bool bare_ampersand(std::string_view text) {
  for (size_t i = text.find('&'); i != text.npos; i = text.find('&', i + 1)) {
    const auto end = text.find(';', i);
    if (end == text.npos || end == i + 1 || end - i > 8) return true;
  }
  return false;
}

/// What keeps a page from being well-formed, with the place; "" when nothing does: every tag closed in order,
/// attributes quoted and given once, no bare & or <, no id twice. A page is held to XML's rules, which are
/// stricter than HTML's.
inline std::string markup_problem(std::string_view page) {
  const auto around = [&](size_t at) {
    return " at: " + std::string(page.substr(at > 20 ? at - 20 : 0, 80));
  };
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  };
  std::vector<std::string> open;
  std::set<std::string> ids;
  size_t i = 0;
  if (page.starts_with("<!DOCTYPE html>")) i = page.find('>') + 1;
  while (i < page.size()) {
    const size_t tag = page.find('<', i);
    if (bare_ampersand(page.substr(i, tag - i))) return "bare &" + around(i);
    if (tag == page.npos) break;
    i = tag + 1;
    const bool closing = i < page.size() && page[i] == '/';
    if (closing) ++i;
    const size_t start = i;
    while (i < page.size() && is_name(page[i])) ++i;
    const std::string name(page.substr(start, i - start));
    if (name.empty()) return "bare <" + around(tag);
    std::set<std::string> attributes;
    while (i < page.size() && page[i] != '>' && page[i] != '/') {
      if (page[i] == ' ' || page[i] == '\n') {
        ++i;
        continue;
      }
      const size_t begin = i;
      while (i < page.size() && is_name(page[i])) ++i;
      const std::string attribute(page.substr(begin, i - begin));
      if (attribute.empty() || page.substr(i, 2) != "='")
        return "attribute without a quoted value" + around(i);
      const size_t end = page.find('\'', i + 2);
      if (end == page.npos) return "open quote" + around(i);
      const std::string_view value = page.substr(i + 2, end - i - 2);
      if (value.find('<') != value.npos || bare_ampersand(value)) return "bare < or & in a value" + around(i);
      if (!attributes.insert(attribute).second) return "attribute " + attribute + " twice" + around(tag);
      if (attribute == "id" && !ids.insert(std::string(value)).second) return "id twice" + around(tag);
      i = end + 1;
    }
    const bool empty = i < page.size() && page[i] == '/';
    if (empty) ++i;
    if (i >= page.size() || page[i] != '>') return "open tag" + around(tag);
    ++i;
    if (closing) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes <" + (open.empty() ? "" : open.back()) + ">" + around(tag);
      open.pop_back();
    } else if (!empty) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

}  // namespace melomine::testing
