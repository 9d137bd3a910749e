#include "configs/yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "configs/choice.h"
#include "core/error.h"
#include "core/text.h"

namespace melomine::configs {
namespace {

constexpr size_t kMaxShown = 60;     // characters of a value in a message
constexpr size_t kMaxProblems = 20;  // lines in one error

std::string shown(const Value& value) {
  std::string text = value.text.substr(0, kMaxShown);
  // A cut inside a UTF-8 sequence would leave a broken character on the user's terminal.
  while (text.size() < value.text.size() && !text.empty() &&
         (static_cast<unsigned char>(value.text[text.size()]) & 0xC0) == 0x80)
    text.pop_back();
  if (text.size() < value.text.size()) text += "…";
  std::replace(text.begin(), text.end(), '\n', ' ');
  return value.quoted || text.empty() ? "'" + text + "'" : text;
}

std::string kind_of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNull:
      return "nothing";
    case Value::Kind::kScalar:
      return "a single value";
    case Value::Kind::kList:
      return "a list";
    case Value::Kind::kMap:
      return "a map";
  }
  return "";
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with("+-")) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  return parse<double>(text);
}

/// Digits, optionally followed by a whole exponent (1e5): exact, never through a double.
std::optional<int64_t> parse_integer(std::string_view text) {
  const size_t exponent_at = text.find_first_of("eE");
  std::string_view digits = text.substr(0, exponent_at);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const std::string_view magnitude = digits.starts_with('-') ? digits.substr(1) : digits;
  // 010 is eight to some YAML readers and ten to others.
  if (magnitude.empty() || magnitude[0] < '0' || magnitude[0] > '9') return std::nullopt;
  if (magnitude.size() > 1 && magnitude[0] == '0') return std::nullopt;
  auto value = parse<int64_t>(digits);
  if (!value || exponent_at == std::string_view::npos) return value;

  std::string_view exponent = text.substr(exponent_at + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  auto power = parse<unsigned>(exponent);
  if (!power) return std::nullopt;
  for (; *power > 0 && *value != 0; --*power)
    if (__builtin_mul_overflow(*value, int64_t{10}, &*value)) return std::nullopt;
  return value;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// What reading a document has found wrong so far.
struct Problems {
  std::vector<std::string> lines;

  void add(const Location& where, const std::string& what) {
    lines.push_back(where.source.empty() ? what : where.text() + ": " + what);
  }
};

/// Reads one map. `map_` is null when the document does not name it: the fields are bound all the same, so
/// that the rules between them are checked.
class Reader : public Binder {
 public:
  Reader(const Value* map, std::string path, Location where, Problems& problems)
      : map_(map), path_(std::move(path)), where_(std::move(where)), problems_(problems) {
    first_problem_ = problems_.lines.size();
  }

  void field(const Field& field) override {
    std::visit([&](auto* value) { read(field, *value); }, field.target);
  }

  void variant(AnyChoice& choice) override {
    choice_ = &choice;
    const size_t before = problems_.lines.size();
    std::string type = choice.type();
    const Field field{.key = kTypeKey, .target = &type, .choices = choice.catalogue().names()};
    read(field, type);
    if (type.empty() && problems_.lines.size() == before)
      problems_.add(where_, fmt::format("{}: is missing; must be one of {}", path_of(kTypeKey),
                                        fmt::join(field.choices, ", ")));
    // The fields beside it belong to a type that cannot be known.
    type_is_wrong_ = problems_.lines.size() > before;
    if (type_is_wrong_) return;
    if (type != choice.type()) choice.choose(type);
    choice.fields(*this);
  }

  void map(std::string_view key, const std::function<void(Binder&)>& body, std::string_view) override {
    read_map(find(key), path_of(key), where_, body, problems_);
  }

  void list(std::string_view key, size_t size, const std::function<void(size_t)>& resize,
            const std::function<void(Binder&, size_t)>& body, std::string_view) override {
    const Value* given = items_of(key, "must be a list");
    if (given != nullptr) {
      size = given->items.size();
      resize(size);
    }
    for (size_t i = 0; i < size; ++i) {
      const Value* item = given == nullptr ? nullptr : &given->items[i];
      read_map(
          item, fmt::format("{}[{}]", path_of(key), i), where_, [&](Binder& b) { body(b, i); }, problems_);
    }
  }

  void require(bool rule_holds, std::string_view key, std::string_view message) override {
    // After another problem in this map the values compared are not those the user wrote.
    if (rule_holds || problems_.lines.size() > first_problem_) return;
    const Value* given = map_ == nullptr ? nullptr : map_->find(key);
    if (given != nullptr && given->is_scalar()) {
      report(path_of(key), *given, std::string(message));
    } else {
      problems_.add(given == nullptr ? where_ : given->location,
                    fmt::format("{}: {}", path_of(key), message));
    }
  }

  static void read_map(const Value* value, const std::string& path, const Location& parent,
                       const std::function<void(Binder&)>& body, Problems& problems) {
    const Location& where = value == nullptr ? parent : value->location;
    if (value != nullptr && !value->is_map() && !value->is_null()) {
      const std::string name = path.empty() ? "" : path + ": ";
      problems.add(where, fmt::format("{}must be a map of keys, got {}", name, kind_of(*value)));
      return;
    }
    Reader reader(value != nullptr && value->is_map() ? value : nullptr, path, where, problems);
    try {
      body(reader);
    } catch (const ConfigError& e) {
      // Thrown by a bind function itself (a registry's unknown name): say where.
      problems.add(where, path.empty() ? e.what() : path + ": " + e.what());
    }
    reader.report_unknown_keys(body);
  }

 private:
  void read(const Field& field, bool& value) {
    const Value* given = scalar(field.key, "must be true or false");
    if (given == nullptr) return;
    if (!given->quoted && (given->text == "true" || given->text == "false")) {
      value = given->text == "true";
    } else {
      report(path_of(field.key), *given, "must be true or false");
    }
  }

  void read(const Field& field, int64_t& value) {
    const Value* given = scalar(field.key, "must be an integer");
    if (given == nullptr) return;
    const auto number = given->quoted ? std::nullopt : parse_integer(given->text);
    if (!number) {
      report(path_of(field.key), *given, "must be an integer");
    } else if (!holds(field.range, static_cast<double>(*number))) {
      report(path_of(field.key), *given, describe(field.range));
    } else {
      value = *number;
    }
  }

  void read(const Field& field, double& value) {
    if (const Value* given = scalar(field.key, "must be a number"))
      read_number(path_of(field.key), *given, field.range, value);
  }

  void read(const Field& field, std::string& value) {
    const std::string rule = field.choices.empty()
                                 ? "must be a text"
                                 : fmt::format("must be one of {}", fmt::join(field.choices, ", "));
    const Value* given = scalar(field.key, rule);
    if (given == nullptr) return;
    if (field.choices.empty() || contains(field.choices, given->text)) {
      value = given->text;
      return;
    }
    const std::string nearest = nearest_name(given->text, field.choices);
    report(path_of(field.key), *given, rule + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }

  void read(const Field& field, std::filesystem::path& value) {
    if (const Value* given = scalar(field.key, "must be a path")) value = given->text;
  }

  void read(const Field& field, std::vector<double>& values) {
    const Value* given = items_of(field.key, "must be a list of numbers");
    if (given == nullptr) return;
    std::vector<double> read(given->items.size());
    for (size_t i = 0; i < read.size(); ++i) {
      const std::string path = fmt::format("{}[{}]", path_of(field.key), i);
      if (require_scalar(path, given->items[i], "must be a number"))
        read_number(path, given->items[i], field.range, read[i]);
    }
    values = std::move(read);
  }

  void read(const Field& field, std::vector<std::string>& values) {
    const Value* given = items_of(field.key, "must be a list of texts");
    if (given == nullptr) return;
    std::vector<std::string> read;
    for (size_t i = 0; i < given->items.size(); ++i) {
      if (require_scalar(fmt::format("{}[{}]", path_of(field.key), i), given->items[i], "must be a text"))
        read.push_back(given->items[i].text);
    }
    values = std::move(read);
  }

  std::string path_of(std::string_view key) const { return dotted_key(path_, key); }

  const Value* find(std::string_view key) {
    known_.insert(std::string(key));
    return map_ == nullptr ? nullptr : map_->find(key);
  }

  void report(const std::string& path, const Value& value, const std::string& rule) {
    problems_.add(value.location, fmt::format("{} = {}: {}", path, shown(value), rule));
  }

  bool require_scalar(const std::string& path, const Value& value, std::string_view rule) {
    if (value.is_scalar()) return true;
    problems_.add(value.location, fmt::format("{}: {}, got {}", path, rule, kind_of(value)));
    return false;
  }

  /// The scalar given for a key, or nullptr when there is none or (reported) something else.
  const Value* scalar(std::string_view key, std::string_view rule) {
    const Value* given = find(key);
    return given != nullptr && require_scalar(path_of(key), *given, rule) ? given : nullptr;
  }

  const Value* items_of(std::string_view key, std::string_view rule) {
    const Value* given = find(key);
    if (given == nullptr || given->is_list()) return given;
    problems_.add(given->location, fmt::format("{}: {}, got {}", path_of(key), rule, kind_of(*given)));
    return nullptr;
  }

  void read_number(const std::string& path, const Value& given, const Range& range, double& value) {
    const auto number = given.quoted ? std::nullopt : parse_number(given.text);
    if (!number) {
      report(path, given, "must be a finite number");
    } else if (!holds(range, *number)) {
      report(path, given, describe(range));
    } else {
      value = *number;
    }
  }

  void report_unknown_keys(const std::function<void(Binder&)>& body) {
    if (map_ == nullptr || type_is_wrong_) return;
    std::map<std::string, std::vector<std::string>> types;
    if (choice_ != nullptr) types = types_of_keys(*choice_, body);
    for (size_t i = 0; i < map_->keys.size(); ++i) {
      const std::string& key = map_->keys[i];
      if (known_.contains(key)) continue;
      const auto elsewhere = types.find(key);
      if (elsewhere == types.end()) {
        report_unknown_key(key, map_->items[i]);
      } else if (!map_->items[i].of_other_type) {
        problems_.add(map_->items[i].location, fmt::format("{}: only for {}: {}", path_of(key), kTypeKey,
                                                           fmt::join(elsewhere->second, ", ")));
      }
    }
  }

  void report_unknown_key(const std::string& key, const Value& value) {
    const std::string nearest = nearest_name(key, known_);
    const std::string hint = nearest.empty() ? fmt::format("known: {}", fmt::join(known_, ", "))
                                             : fmt::format("did you mean '{}'?", nearest);
    problems_.add(value.location, fmt::format("{}: unknown key; {}", path_of(key), hint));
  }

  const Value* map_;
  std::string path_;
  Location where_;
  Problems& problems_;
  size_t first_problem_ = 0;
  AnyChoice* choice_ = nullptr;  ///< the map's `type`, once it is bound
  bool type_is_wrong_ = false;
  std::set<std::string> known_;
};

}  // namespace

void read_document(const Value& document, const std::function<void(Binder&)>& body) {
  Problems problems;
  Reader::read_map(&document, "", document.location, body, problems);
  auto& lines = problems.lines;
  if (lines.empty()) return;
  if (lines.size() > kMaxProblems) {
    const size_t more = lines.size() - kMaxProblems;
    lines.resize(kMaxProblems);
    lines.push_back(fmt::format("… and {} more problems", more));
  }
  throw ConfigError(fmt::format("{}", fmt::join(lines, "\n")));
}

}  // namespace melomine::configs
