#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace melomine::configs {

/// Where a value was written.
struct Location {
  std::string source;  ///< file as the user named it, "command line", or "" for a default
  int line = 0;        ///< 1-based; 0 when the source has no lines

  /// "demo.yaml:14", "command line", "".
  std::string text() const;
};

/// A YAML value that remembers where it was written. Scalars keep their text, so that what a number or a word
/// means is decided by the field that reads it.
struct Value {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text;               ///< of a scalar
  bool quoted = false;            ///< a scalar in quotes, or a block of text: never a number or a boolean
  std::vector<std::string> keys;  ///< of a map: keys[i] belongs to items[i], in the order written
  std::vector<Value> items;       ///< of a map or a list
  bool of_other_type = false;     ///< set beside a `type` that a later file or setting replaced
  std::string comment;            ///< what the value means; only documents written from structs have it
  Location location;              ///< of a map's value: where its key stands

  bool is_map() const { return kind == Kind::kMap; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_null() const { return kind == Kind::kNull; }

  /// The value of a map's key, or nullptr.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Sets or adds a key of a map.
  Value& set(std::string_view key, Value value);
  void erase(std::string_view key);
};

Value scalar_value(std::string text, bool quoted, Location location);
Value map_value(Location location);

/// One YAML document as a tree. Anchors, aliases and merge keys (`<<`) are resolved. An empty text is an
/// empty map.
/// @param name  for messages: the file as the user named it
/// @throws ConfigError for a syntax error, a key given twice, more than one document, a tag, text that is not
///         UTF-8, an alias inside its own anchor, more than 200,000 values (aliases counted as expanded) or
///         10,000 keys of one map
Value parse_document(std::string_view text, const std::string& name);

/// A value on the command line. What begins with `[`, `{` or a quote is YAML; anything else is a scalar as it
/// stands, so that no colon, hash or space needs quoting twice.
Value parse_value(std::string_view text, const std::string& name);

}  // namespace melomine::configs
