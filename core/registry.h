#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/text.h"

namespace melomine {

/// What is selectable by name: a value, filled by one explicit list (no static-initialiser tricks). The kinds
/// of every family stand in one (configs/choice.h):
/// ```
/// const Registry<KindEntry> kinds{"loss", {{"nt_xent", …}, {"triplet", …}}};
/// kinds.get("nt_xent")
/// ```
template <class T>
class Registry {
 public:
  /// @param kind  what is chosen, for messages: "loss"
  Registry(std::string kind, std::vector<std::pair<std::string, T>> entries) : kind_(std::move(kind)) {
    for (auto& [name, value] : entries) entries_.emplace(std::move(name), std::move(value));
  }

  /// @throws ConfigError "unknown loss 'ntxent'; known: focal, nt_xent" (with the nearest name, if one is
  /// near)
  const T& get(const std::string& name) const {
    const auto found = entries_.find(name);
    if (found != entries_.end()) return found->second;
    std::string known, nearest = nearest_name(name, names());
    for (const auto& n : names()) known += (known.empty() ? "" : ", ") + n;
    throw ConfigError("unknown " + kind_ + " '" + name + "'; known: " + known +
                      (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }

  /// In alphabetical order.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : entries_) all.push_back(entry.first);
    return all;
  }

 private:
  std::string kind_;
  std::map<std::string, T> entries_;
};

}  // namespace melomine
