#include "configs/document.h"

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

#include "core/error.h"
#include "core/text.h"

namespace melomine::configs {
namespace {

constexpr size_t kMaxValues = 200'000;  // bounds what alias bombs take: some 200 bytes each
constexpr size_t kMaxKeys = 10'000;     // of one map: bounds the linear search for keys
constexpr std::string_view kMergeKey = "<<";
constexpr std::string_view kTextTag = "tag:yaml.org,2002:str";

[[noreturn]] void fail(const Location& where, const std::string& message) {
  throw ConfigError(where.text() + ": " + message);
}

size_t count_values(const Value& value) {
  size_t count = 1;
  for (const Value& item : value.items) count += count_values(item);
  return count;
}

/// Builds the tree from the parser's events: unlike yaml-cpp's own nodes it sees every key, so keys given
/// twice, tags and self-containing aliases cannot slip through.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string name, bool lines) : name_(std::move(name)), lines_(lines) {}

  Value take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Value value;
    value.location = at(mark);
    add(std::move(value), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(at(mark), "an alias (*) stands inside the value it names");
    Value copy = found->second;
    // A key's line is where the alias is used; the lines inside stay those of the anchor.
    copy.location = at(mark);
    const size_t count = count_values(copy);
    add(std::move(copy), YAML::NullAnchor, count);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (!tag.empty() && tag != "?" && tag != "!" && tag != kTextTag) refuse_tag(mark, tag);
    add(scalar_value(text, tag != "?" && !tag.empty(), at(mark)), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Value::Kind::kList, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Value::Kind::kMap, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  /// A collection whose end has not been seen.
  struct Open {
    Value value;
    YAML::anchor_t anchor = YAML::NullAnchor;
    bool has_key = false;
    std::string key;
    Location key_location;
    std::vector<Value> merged;  ///< maps named by `<<`, the first one first
    bool has_merge = false;
  };

  Location at(const YAML::Mark& mark) const { return {name_, lines_ ? mark.line + 1 : 0}; }

  [[noreturn]] void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    fail(at(mark), fmt::format("tags are not used here, got '{}'", tag));
  }

  void open(Value::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (!tag.empty() && tag != "?" && tag != "!") refuse_tag(mark, tag);
    Open collection;
    collection.value.kind = kind;
    collection.value.location = at(mark);
    collection.anchor = anchor;
    if (!open_.empty() && open_.back().value.is_map() && !open_.back().has_key)
      fail(at(mark), "a key must be one word, not a list or a map");
    open_.push_back(std::move(collection));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    for (const Value& base : done.merged) {
      for (size_t i = 0; i < base.keys.size(); ++i)
        if (done.value.find(base.keys[i]) == nullptr) done.value.set(base.keys[i], base.items[i]);
    }
    add(std::move(done.value), done.anchor);
  }

  void add(Value value, YAML::anchor_t anchor, size_t count = 1) {
    count_ += count;
    if (count_ > kMaxValues) fail(value.location, fmt::format("more than {} values", kMaxValues));
    if (anchor != YAML::NullAnchor) anchors_[anchor] = value;
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    if (parent.value.is_list()) {
      parent.value.items.push_back(std::move(value));
    } else if (!parent.has_key) {
      take_key(parent, value);
    } else {
      take_entry(parent, std::move(value));
    }
  }

  static void take_key(Open& parent, const Value& key) {
    if (!key.is_scalar() || key.text.empty()) fail(key.location, "a key must be one word, got nothing");
    if (parent.value.find(key.text) != nullptr || (key.text == kMergeKey && parent.has_merge)) {
      const Value* first = parent.value.find(key.text);
      fail(key.location,
           fmt::format("{}: given twice{}", key.text,
                       first == nullptr ? "" : ", first on line " + std::to_string(first->location.line)));
    }
    if (parent.value.keys.size() == kMaxKeys) fail(key.location, fmt::format("more than {} keys", kMaxKeys));
    parent.has_key = true;
    parent.key = key.text;
    parent.key_location = key.location;
  }

  static void take_entry(Open& parent, Value value) {
    parent.has_key = false;
    if (parent.key != kMergeKey) {
      value.location = parent.key_location;
      parent.value.set(parent.key, std::move(value));
      return;
    }
    parent.has_merge = true;
    std::vector<Value> maps;
    if (value.is_list()) {
      maps = std::move(value.items);
    } else {
      maps.push_back(std::move(value));
    }
    for (const Value& map : maps)
      if (!map.is_map()) fail(parent.key_location, "<<: must name a map or a list of maps");
    parent.merged = std::move(maps);
  }

  std::string name_;
  bool lines_;
  Value root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Value> anchors_;
  size_t count_ = 0;
};

/// The parser ends silently at some control characters and replaces what is not UTF-8: both are refused here.
void require_text(std::string_view text, Location where) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    fail({where.source, 0}, "is UTF-16; save it as UTF-8");
  const size_t invalid = find_invalid_utf8(text);
  for (const char c : text.substr(0, invalid)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F)
      fail(where, fmt::format("not a text file: control character 0x{:02X}", byte));
    if (c == '\n' && where.line > 0) ++where.line;
  }
  if (invalid != std::string_view::npos)
    fail(where, fmt::format("not UTF-8 text: byte 0x{:02X}", static_cast<unsigned char>(text[invalid])));
}

/// Whether a tab stands in the indentation of the line (from 0) or of the one before it, where the parser
/// often notices too late.
bool tab_indents(std::string_view text, int line) {
  for (int at = 0; at <= line && !text.empty(); ++at) {
    const size_t end = text.find('\n');
    const std::string_view row = text.substr(0, end);
    const std::string_view indentation = row.substr(0, row.find_first_not_of(" \t"));
    if (at >= line - 1 && indentation.find('\t') != std::string_view::npos) return true;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return false;
}

/// Takes part in nothing: for a parse that only looks for syntax errors.
class NoEvents : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}
};

/// @param lines  whether locations carry line numbers
Value parse(std::string_view text, const std::string& name, bool lines) {
  require_text(text, {name, lines ? 1 : 0});
  try {
    // A bracket left open makes odd keys before the parser notices: its own message is the better one.
    std::istringstream syntax{std::string(text)}, content{std::string(text)};
    NoEvents nothing;
    YAML::Parser syntax_parser(syntax);
    if (!syntax_parser.HandleNextDocument(nothing)) return map_value({name, lines ? 1 : 0});
    if (syntax_parser.HandleNextDocument(nothing)) fail({name, 0}, "holds more than one YAML document");
    TreeBuilder builder(name, lines);
    YAML::Parser(content).HandleNextDocument(builder);
    Value root = builder.take_root();
    return root.is_null() ? map_value(root.location) : root;
  } catch (const YAML::Exception& e) {
    const Location where{name, lines && e.mark.line >= 0 ? e.mark.line + 1 : 0};
    const std::string problem = tab_indents(text, e.mark.line)
                                    ? fmt::format("a tab indents the line, use blanks instead ({})", e.msg)
                                    : e.msg;
    throw ConfigError(fmt::format("{}: not YAML: {}", where.text(), problem));
  }
}

}  // namespace

std::string Location::text() const {
  return line > 0 ? fmt::format("{}:{}", source, line) : source;
}

const Value* Value::find(std::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end() ? nullptr : &items[static_cast<size_t>(found - keys.begin())];
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(static_cast<const Value*>(this)->find(key));
}

Value& Value::set(std::string_view key, Value value) {
  if (Value* existing = find(key)) return *existing = std::move(value);
  keys.emplace_back(key);
  items.push_back(std::move(value));
  return items.back();
}

void Value::erase(std::string_view key) {
  const auto found = std::find(keys.begin(), keys.end(), key);
  if (found == keys.end()) return;
  items.erase(items.begin() + (found - keys.begin()));
  keys.erase(found);
}

Value scalar_value(std::string text, bool quoted, Location location) {
  Value value;
  value.kind = Value::Kind::kScalar;
  value.text = std::move(text);
  value.quoted = quoted;
  value.location = std::move(location);
  return value;
}

Value map_value(Location location) {
  Value value;
  value.kind = Value::Kind::kMap;
  value.location = std::move(location);
  return value;
}

Value parse_document(std::string_view text, const std::string& name) {
  return parse(text, name, true);
}

Value parse_value(std::string_view text, const std::string& name) {
  const bool structured =
      !text.empty() && (text[0] == '[' || text[0] == '{' || text[0] == '"' || text[0] == '\'');
  if (structured) return parse(text, name, false);
  require_text(text, {name, 0});
  Value value = scalar_value(std::string(text), false, {name, 0});
  if (text == "~" || text == "null") value.kind = Value::Kind::kNull;
  return value;
}

}  // namespace melomine::configs
