#include "configs/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "configs/compose.h"
#include "core/error.h"
#include "core/text.h"

namespace melomine::configs {
namespace {

constexpr const char* kSettingsSource = "command line";

/// One step of a path: a key of a map or an item of a list.
struct Step {
  std::string key;
  std::optional<size_t> index;
};

[[noreturn]] void fail_setting(const Location& where, const std::string& said, const std::string& message) {
  throw ConfigError(fmt::format("{}: {}: {}", where.text(), said, message));
}

/// "losses[0].temperature" as steps; empty when it is not a path.
std::vector<Step> parse_path(std::string_view path) {
  std::vector<Step> steps;
  while (!path.empty()) {
    const size_t key_end = std::min(path.find_first_of(".[]"), path.size());
    if (key_end == 0) return {};
    steps.push_back({std::string(path.substr(0, key_end)), std::nullopt});
    path.remove_prefix(key_end);
    while (path.starts_with('[')) {
      const size_t close = path.find(']');
      if (close == std::string_view::npos) return {};
      const auto index = parse<size_t>(path.substr(1, close - 1));
      if (!index) return {};
      steps.push_back({"", index});
      path.remove_prefix(close + 1);
    }
    if (path.empty()) return steps;
    if (!path.starts_with('.') || path.size() == 1) return {};
    path.remove_prefix(1);
  }
  return steps;
}

/// Walks to the value a path names, making maps on the way.
class Setter {
 public:
  Setter(const Setting& setting, const Value& defaults)
      : said_(setting.said.empty() ? setting.key : setting.said),
        where_(setting.value.location),
        defaults_(&defaults) {}

  Value& walk(Value& document, const std::vector<Step>& steps) {
    Value* at = &document;
    for (size_t i = 0; i < steps.size(); ++i) {
      at = steps[i].index ? &item(*at, *steps[i].index) : &entry(*at, steps[i].key);
      const bool last = i + 1 == steps.size();
      if (!last && steps[i + 1].index) take_default_list(*at);
    }
    return *at;
  }

  /// The value as a map, an empty one when nothing is there.
  Value& as_map(Value& value) {
    if (value.is_null()) value = map_value(where_);
    if (!value.is_map()) fail(fmt::format("{} is not a map", walked_));
    return value;
  }

  /// The value that was walked to as a list, an empty one when nothing is there.
  Value& as_list(Value& value) {
    take_default_list(value);
    const bool is_other = defaults_ != nullptr && !defaults_->is_null() && !defaults_->is_list();
    if (value.is_null() && !is_other) {
      value.kind = Value::Kind::kList;
      value.location = where_;
    }
    if (!value.is_list()) fail(fmt::format("{} is not a list, += adds to lists", walked_));
    return value;
  }

  [[noreturn]] void fail(const std::string& message) const { fail_setting(where_, said_, message); }

 private:
  void take_default_list(Value& value) const {
    if (value.is_null() && defaults_ != nullptr && defaults_->is_list()) value = *defaults_;
  }

  Value& entry(Value& parent, const std::string& key) {
    Value& map = as_map(parent);
    walked_ += (walked_.empty() ? "" : ".") + key;
    defaults_ = defaults_ == nullptr ? nullptr : defaults_->find(key);
    Value* found = map.find(key);
    if (found != nullptr) return *found;
    Value absent;
    absent.location = where_;
    return map.set(key, std::move(absent));
  }

  Value& item(Value& list, size_t index) {
    if (!list.is_list()) fail(fmt::format("{} is not a list", walked_));
    if (index >= list.items.size()) {
      const size_t n = list.items.size();
      fail(fmt::format("{} has {} item{}, there is no [{}]", walked_, n, n == 1 ? "" : "s", index));
    }
    walked_ += fmt::format("[{}]", index);
    defaults_ = nullptr;
    return list.items[index];
  }

  const std::string& said_;
  const Location& where_;
  const Value* defaults_;
  std::string walked_;
};

void append_to(Value& list, const Value& value) {
  if (value.is_list())
    std::copy(value.items.begin(), value.items.end(), std::back_inserter(list.items));
  else
    list.items.push_back(value);
}

}  // namespace

Setting parse_setting(const std::string& text) {
  const Location where{kSettingsSource, 0};
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    fail_setting(where, "'" + text + "'", "must be key=value, such as train.steps=100");
  Setting setting;
  setting.key = text.substr(0, equals);
  setting.value = parse_value(std::string_view(text).substr(equals + 1), where.source);
  setting.said = text;
  return setting;
}

bool is_setting(const std::string& word) {
  return word.find('=') != std::string::npos;
}

void apply_setting(Value& document, const Setting& setting, const Value& defaults) {
  const bool appends = setting.key.ends_with('+');
  const Location& where = setting.value.location;
  const auto steps =
      parse_path(std::string_view(setting.key).substr(0, setting.key.size() - (appends ? 1 : 0)));
  if (steps.empty())
    fail_setting(where, "'" + (setting.said.empty() ? setting.key : setting.said) + "'",
                 "the key must be a path such as losses[0].temperature");
  Setter setter(setting, defaults);
  if (appends) return append_to(setter.as_list(setter.walk(document, steps)), setting.value);
  // The last key is merged as a map of its own, for what a merge does beside setting a value.
  std::vector<Step> parent_steps = steps;
  if (!steps.back().index) parent_steps.pop_back();
  Value& target = setter.walk(document, parent_steps);
  if (steps.back().index) {
    merge(target, setting.value);
    target.location = where;
    return;
  }
  Value& map = setter.as_map(target);
  const Location before = map.location;
  Value over = map_value(where);
  over.set(steps.back().key, setting.value);
  merge(map, over);
  map.location = before;
}

void apply_settings(Value& document, const std::vector<std::string>& settings, const Value& defaults) {
  for (const std::string& setting : settings) apply_setting(document, parse_setting(setting), defaults);
}

}  // namespace melomine::configs
