#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "configs/range.h"

namespace melomine::configs {

class AnyChoice;
struct Value;

/// One field of a config struct, as a `bind` function names it.
struct Field {
  /// The member itself, by its kind.
  using Target = std::variant<bool*, int64_t*, double*, std::string*, std::filesystem::path*,
                              std::vector<double>*, std::vector<std::string>*>;

  std::string_view key;
  Target target;
  Range range{};                       ///< of a number, or of each number of a list
  std::vector<std::string> choices{};  ///< what a text may be; empty: anything
  std::string_view doc{};              ///< one phrase: effect, unit, special values
  /// Not written where it is empty or 0: what a later version can say in addition leaves the texts of runs
  /// before as they are.
  bool sparse = false;

  /// Whether it is left out of what is written.
  bool is_left_out() const {
    const auto is_empty = [](const auto* value) { return *value == std::remove_cvref_t<decltype(*value)>{}; };
    return sparse && std::visit(is_empty, target);
  }
};

/// "sampler.groups": how messages name the key of a map; in the top one, whose name is empty, the key alone.
inline std::string dotted_key(std::string_view map, std::string_view key) {
  std::string name(map);
  if (!name.empty()) name += '.';
  return name.append(key);
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
/// The same pass reads YAML (strictly), writes it, checks values and makes the schema, so they cannot
/// disagree. A field that the YAML does not name keeps the value it has.
class Binder {
 public:
  virtual ~Binder() = default;

  /// A field with a value of its own. Structs call the functions below, one for each kind.
  virtual void field(const Field& field) = 0;
  /// What kind of a family this map is: the key `type`, then the settings that the kind has of its own.
  /// Fields that all kinds share are bound beside it.
  virtual void variant(AnyChoice& choice) = 0;
  /// A nested map; `body` binds its fields.
  virtual void map(std::string_view key, const std::function<void(Binder&)>& body, std::string_view doc) = 0;
  /// A list of maps. `resize` is called before the items are bound when a list is read (items take their
  /// defaults); `size` is the length otherwise. The schema binds one default item.
  virtual void list(std::string_view key, size_t size, const std::function<void(size_t)>& resize,
                    const std::function<void(Binder&, size_t)>& body, std::string_view doc) = 0;
  /// A rule that spans fields ("min must be below max"): reported like a range error at this map when false.
  virtual void require(bool holds, std::string_view key, std::string_view message) = 0;
  /// How older versions wrote this map: `rewrite` turns it into what is bound now, before it is merged with
  /// what it extends (`below`). configs/older.h has the usual ones.
  virtual void older(const std::function<void(Value& written, const Value& below)>& rewrite) {}

  void boolean(std::string_view key, bool& value, std::string_view doc) {
    field({.key = key, .target = &value, .doc = doc});
  }
  void integer(std::string_view key, int64_t& value, Range range, std::string_view doc) {
    field({.key = key, .target = &value, .range = range, .doc = doc});
  }
  void number(std::string_view key, double& value, Range range, std::string_view doc) {
    field({.key = key, .target = &value, .range = range, .doc = doc});
  }
  void text(std::string_view key, std::string& value, std::string_view doc) {
    field({.key = key, .target = &value, .doc = doc});
  }
  /// As integer, number and text, but not written where it is 0 or empty (Field::sparse).
  void sparse_integer(std::string_view key, int64_t& value, Range range, std::string_view doc) {
    field({.key = key, .target = &value, .range = range, .doc = doc, .sparse = true});
  }
  void sparse_number(std::string_view key, double& value, Range range, std::string_view doc) {
    field({.key = key, .target = &value, .range = range, .doc = doc, .sparse = true});
  }
  void sparse_text(std::string_view key, std::string& value, std::string_view doc) {
    field({.key = key, .target = &value, .doc = doc, .sparse = true});
  }
  void path(std::string_view key, std::filesystem::path& value, std::string_view doc) {
    field({.key = key, .target = &value, .doc = doc});
  }
  /// A text that must be one of `choices`.
  void choice(std::string_view key, std::string& value, const std::vector<std::string>& choices,
              std::string_view doc) {
    field({.key = key, .target = &value, .choices = choices, .doc = doc});
  }
  void numbers(std::string_view key, std::vector<double>& values, Range range, std::string_view doc) {
    field({.key = key, .target = &values, .range = range, .doc = doc});
  }
  void texts(std::string_view key, std::vector<std::string>& values, std::string_view doc) {
    field({.key = key, .target = &values, .doc = doc});
  }

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
        key, values.size(),
        [&values](size_t n) {
          values.clear();
          values.resize(n);
        },
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
