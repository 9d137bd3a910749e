#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace melomine::configs {

/// What a number may be. Built by the functions below.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool open_min = false;  ///< min itself is not allowed
  bool open_max = false;  ///< max itself is not allowed
};
inline Range any_number() {
  return {};
}
inline Range above(double min) {
  return {min, std::numeric_limits<double>::infinity(), true, false};
}
inline Range at_least(double min) {
  return {min, std::numeric_limits<double>::infinity(), false, false};
}
inline Range between(double min, double max) {
  return {min, max, false, false};
}

/// One pass over the fields of a config struct. A struct in any room is plain, with defaults; beside it
/// stands one function, found by argument-dependent lookup, which names each field, its range and its meaning
/// (with unit):
/// ```
/// struct NtXentConfig { double temperature = 0.05; };
/// void bind(configs::Binder& b, NtXentConfig& c) {
///   b.number("temperature", c.temperature, above(0), "softmax temperature τ");
/// }
/// ```
/// The same pass reads YAML (strictly), writes it, and makes the schema, so they cannot disagree. A field
/// that the YAML does not name keeps the value it has.
class Binder {
 public:
  virtual ~Binder() = default;

  virtual void boolean(std::string_view key, bool& value, std::string_view doc) = 0;
  virtual void integer(std::string_view key, int64_t& value, Range range, std::string_view doc) = 0;
  virtual void number(std::string_view key, double& value, Range range, std::string_view doc) = 0;
  virtual void text(std::string_view key, std::string& value, std::string_view doc) = 0;
  /// A text that must be one of `choices`: registry names, words of an enumeration.
  virtual void choice(std::string_view key, std::string& value, const std::vector<std::string>& choices,
                      std::string_view doc) = 0;
  virtual void numbers(std::string_view key, std::vector<double>& values, Range range,
                       std::string_view doc) = 0;
  virtual void texts(std::string_view key, std::vector<std::string>& values, std::string_view doc) = 0;

  /// A nested map; `body` binds its fields.
  virtual void map(std::string_view key, const std::function<void(Binder&)>& body, std::string_view doc) = 0;
  /// A list of maps. `resize` is called before the items are bound when a list is read (items take their
  /// defaults); `size` is the length otherwise. The schema binds one default item.
  virtual void list(std::string_view key, size_t size, const std::function<void(size_t)>& resize,
                    const std::function<void(Binder&, size_t)>& body, std::string_view doc) = 0;

  /// A rule that spans fields ("min must be below max"): reported like a range error at this map when false.
  virtual void require(bool holds, std::string_view key, std::string_view message) = 0;

  /// A nested struct with a `bind` of its own.
  template <class T>
  void nested(std::string_view key, T& value, std::string_view doc) {
    map(
        key, [&value](Binder& b) { bind(b, value); }, doc);
  }

  /// A list of structs with a `bind` of their own.
  template <class T>
  void nested_list(std::string_view key, std::vector<T>& values, std::string_view doc) {
    list(
        key, values.size(), [&values](size_t n) { values.assign(n, T{}); },
        [&values](Binder& b, size_t i) {
          if (i >= values.size()) values.resize(i + 1);
          bind(b, values[i]);
        },
        doc);
  }

  /// An enumeration by its words, e.g. {{"negatives", Denominator::kNegatives}, {"standard",
  /// Denominator::kStandard}}.
  template <class E>
  void enumeration(std::string_view key, E& value, const std::vector<std::pair<std::string, E>>& words,
                   std::string_view doc) {
    std::vector<std::string> choices;
    std::string word;
    for (const auto& [name, enumerator] : words) {
      choices.push_back(name);
      if (enumerator == value) word = name;
    }
    choice(key, word, choices, doc);
    for (const auto& [name, enumerator] : words)
      if (name == word) value = enumerator;
  }
};

}  // namespace melomine::configs
