#include "configs/yaml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "configs/choice.h"
#include "core/error.h"
#include "core/text.h"

namespace melomine::configs {
namespace {

constexpr size_t kLineWidth = 110;

/// Shortest digits that read back to the same number. YAML 1.1 readers, PyYAML among them, take 1e-08 for a
/// text and want 1.0e-08.
std::string format_finite(double value, std::string_view key) {
  if (!std::isfinite(value)) throw ConfigError(fmt::format("{} is not finite, it cannot be written", key));
  std::string text = format_number(value);
  const size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

/// Builds the tree of one map.
class Writer : public Binder {
 public:
  explicit Writer(Value& map) : map_(map) {}

  void field(const Field& field) override {
    if (field.is_left_out()) return;
    set(field.key, std::visit([&](const auto* value) { return value_of(field, *value); }, field.target),
        field.doc);
  }
  void variant(AnyChoice& choice) override {
    set(kTypeKey, scalar_value(choice.type(), true, {}),
        fmt::format("{}: {}", choice.catalogue().family(), fmt::join(choice.catalogue().names(), ", ")));
    choice.fields(*this);
  }
  void map(std::string_view key, const std::function<void(Binder&)>& body, std::string_view doc) override {
    set(key, write_document(body), doc);
  }
  void list(std::string_view key, size_t size, const std::function<void(size_t)>&,
            const std::function<void(Binder&, size_t)>& body, std::string_view doc) override {
    Value list = list_value();
    for (size_t i = 0; i < size; ++i) list.items.push_back(write_document([&](Binder& b) { body(b, i); }));
    set(key, std::move(list), doc);
  }
  void require(bool, std::string_view, std::string_view) override {}

 private:
  static Value value_of(const Field&, bool value) {
    return scalar_value(value ? "true" : "false", false, {});
  }
  static Value value_of(const Field&, int64_t value) {
    return scalar_value(std::to_string(value), false, {});
  }
  static Value value_of(const Field& field, double value) {
    return scalar_value(format_finite(value, field.key), false, {});
  }
  static Value value_of(const Field&, const std::string& value) { return scalar_value(value, true, {}); }
  static Value value_of(const Field&, const std::filesystem::path& value) {
    return scalar_value(value.string(), true, {});
  }
  template <class T>
  static Value value_of(const Field& field, const std::vector<T>& values) {
    Value list = list_value();
    for (const T& value : values) list.items.push_back(value_of(field, value));
    return list;
  }
  static Value list_value() {
    Value value;
    value.kind = Value::Kind::kList;
    return value;
  }
  void set(std::string_view key, Value value, std::string_view doc) {
    value.comment = doc;
    map_.set(key, std::move(value));
  }
  Value& map_;
};

/// "100e", "0.5s": digits and one letter, which no YAML reader takes for a number.
bool is_count_with_unit(std::string_view text) {
  const size_t unit = text.find_first_not_of("0123456789.");
  return unit != std::string_view::npos && unit > 0 && unit + 1 == text.size() && text[0] != '.' &&
         text[unit] >= 'a' && text[unit] <= 'z';
}

/// Whether a text may stand without quotes: nothing that any YAML reader takes for a number, a boolean, null,
/// a date or syntax.
bool is_plain(const std::string& text) {
  static const std::vector<std::string> kWords = {"true", "false", "yes", "no", "on",
                                                  "off",  "null",  "y",   "n"};
  if (text.empty()) return false;
  if (is_count_with_unit(text)) return true;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (!letter(text[0]) && text[0] != '/') return false;
  const auto harmless = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-';
  };
  if (!std::all_of(text.begin(), text.end(), harmless)) return false;
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string inline_text(const Value& value) {
  if (value.is_scalar()) return !value.quoted || is_plain(value.text) ? value.text : quoted(value.text);
  if (value.is_map()) return value.keys.empty() ? "{}" : "";
  if (value.is_null()) return "null";
  std::string out = "[";
  for (size_t i = 0; i < value.items.size(); ++i) out += (i > 0 ? ", " : "") + inline_text(value.items[i]);
  return out + "]";
}

bool is_block(const Value& value) {
  if (value.is_map()) return !value.keys.empty();
  return value.is_list() &&
         std::any_of(value.items.begin(), value.items.end(), [](const Value& v) { return !v.is_scalar(); });
}

size_t width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // continuation bytes take no column
  }));
}

void emit_comment_above(const std::string& comment, const std::string& indent, std::string& out) {
  std::string line = indent + "#";
  for (size_t begin = 0; begin < comment.size();) {
    const size_t end = std::min(comment.find(' ', begin), comment.size());
    const std::string word = comment.substr(begin, end - begin);
    if (width(line) + 1 + width(word) > kLineWidth) {
      out += line + "\n";
      line = indent + "#";
    }
    line += " " + word;
    begin = end + 1;
  }
  out += line + "\n";
}

void emit_map(const Value& map, const std::string& indent, bool comments, std::string& out);

void emit_list(const Value& list, const std::string& indent, bool comments, std::string& out) {
  for (const Value& item : list.items) {
    if (!is_block(item)) {
      out += indent + "- " + inline_text(item) + "\n";
      continue;
    }
    std::string body;
    item.is_map() ? emit_map(item, indent + "  ", comments, body)
                  : emit_list(item, indent + "  ", comments, body);
    // The dash takes the place of the first line's indentation.
    body[indent.size()] = '-';
    out += body;
  }
}

void emit_entry(const std::string& key, const Value& value, const std::string& indent, bool comments,
                std::string& out) {
  const std::string name = indent + (is_plain(key) ? key : quoted(key)) + ":";
  std::string line = is_block(value) ? name : name + " " + inline_text(value);
  if (comments && !value.comment.empty()) {
    if (width(line) + 4 + width(value.comment) <= kLineWidth) {
      line += "  # " + value.comment;
    } else {
      emit_comment_above(value.comment, indent, out);
    }
  }
  out += line + "\n";
  if (!is_block(value)) return;
  value.is_map() ? emit_map(value, indent + "  ", comments, out)
                 : emit_list(value, indent + "  ", comments, out);
}

void emit_map(const Value& map, const std::string& indent, bool comments, std::string& out) {
  for (size_t i = 0; i < map.keys.size(); ++i) emit_entry(map.keys[i], map.items[i], indent, comments, out);
}

}  // namespace

Value write_document(const std::function<void(Binder&)>& body) {
  Value map = map_value({});
  Writer writer(map);
  body(writer);
  return map;
}

std::string emit_yaml(const Value& document, bool comments) {
  if (document.keys.empty()) return "{}\n";
  std::string out;
  emit_map(document, "", comments, out);
  return out;
}

}  // namespace melomine::configs
