#include "configs/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "configs/choice.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/text.h"

namespace melomine::configs {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFiles = 100;  // a diamond of diamonds would otherwise be read 2^depth times

const Location kCommandLine{"command line", 0};

/// Reads files depth first, keeping the chain of those that are being read.
class Loader {
 public:
  explicit Loader(const Rewrite& rewrite) : rewrite_(rewrite) {}

  Value load(const fs::path& path, const Location& wanted_by) {
    const fs::path canonical = fs::weakly_canonical(path);
    refuse_cycle(canonical, path, wanted_by);
    if (++files_ > kMaxFiles)
      throw ConfigError(fmt::format("{}: extends: more than {} files", wanted_by.text(), kMaxFiles));
    Value own = parse_document(read(path, wanted_by), path.string());
    if (!own.is_map()) throw ConfigError(fmt::format("{}: must be a map of keys", path.string()));

    chain_.push_back({canonical, path});
    Value composed = map_value(own.location);
    for (const auto& [base, where] : bases_of(own))
      merge(composed, load(short_name(path.parent_path() / base), where));
    chain_.pop_back();
    own.erase(kExtendsKey);
    if (rewrite_) rewrite_(own, composed);
    merge(composed, own);
    return composed;
  }

 private:
  struct Link {
    fs::path canonical, as_named;
  };

  void refuse_cycle(const fs::path& canonical, const fs::path& path, const Location& wanted_by) const {
    const auto same = [&](const Link& link) { return link.canonical == canonical; };
    auto found = std::find_if(chain_.begin(), chain_.end(), same);
    if (found == chain_.end()) return;
    std::string cycle;
    for (; found != chain_.end(); ++found) cycle += found->as_named.string() + " -> ";
    throw ConfigError(
        fmt::format("{}: extends goes in a circle: {}{}", wanted_by.text(), cycle, path.string()));
  }

  /// experiments/../presets/a.yaml as presets/a.yaml, unless a link makes that another file.
  static fs::path short_name(const fs::path& path) {
    std::error_code not_found;
    const fs::path normal = path.lexically_normal();
    return fs::equivalent(path, normal, not_found) ? normal : path;
  }

  static std::string read(const fs::path& path, const Location& wanted_by) {
    const std::string prefix = wanted_by.source.empty() ? "" : wanted_by.text() + ": extends = ";
    std::error_code ignored;
    if (!fs::exists(path, ignored))
      throw ConfigError(fmt::format("{}{}: no such file", prefix, path.string()));
    if (!fs::is_regular_file(path, ignored))
      throw ConfigError(fmt::format("{}{}: not a file", prefix, path.string()));
    try {
      return read_file(path);
    } catch (const DataError& e) {
      throw ConfigError(prefix + e.what());
    }
  }

  static std::vector<std::pair<std::string, Location>> bases_of(const Value& document) {
    std::vector<std::pair<std::string, Location>> bases;
    const Value* extends = document.find(kExtendsKey);
    if (extends == nullptr) return bases;
    const auto add = [&](const Value& value) {
      if (!value.is_scalar() || value.text.empty())
        throw ConfigError(value.location.text() + ": extends: must be a file name or a list of file names");
      bases.emplace_back(value.text, value.location);
    };
    if (extends->is_list()) {
      for (const Value& item : extends->items) add(item);
    } else {
      add(*extends);
    }
    return bases;
  }

  const Rewrite& rewrite_;
  std::vector<Link> chain_;
  size_t files_ = 0;
};

/// One step of a path: a key of a map or an item of a list.
struct Step {
  std::string key;
  std::optional<size_t> index;
};

[[noreturn]] void fail_setting(const std::string& setting, const std::string& message) {
  throw ConfigError(fmt::format("{}: {}: {}", kCommandLine.text(), setting, message));
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
  Setter(const std::string& setting, const Value& defaults) : setting_(setting), defaults_(&defaults) {}

  Value& walk(Value& document, const std::vector<Step>& steps) {
    Value* at = &document;
    for (size_t i = 0; i < steps.size(); ++i) {
      at = steps[i].index ? &item(*at, *steps[i].index) : &entry(*at, steps[i].key);
      const bool last = i + 1 == steps.size();
      const bool list_wanted = !last && steps[i + 1].index;
      if (list_wanted && at->is_null() && defaults_ != nullptr && defaults_->is_list()) *at = *defaults_;
    }
    return *at;
  }

  /// The value as a map, an empty one when nothing is there.
  Value& as_map(Value& value) {
    if (value.is_null()) value = map_value(kCommandLine);
    if (!value.is_map()) fail_setting(setting_, fmt::format("{} is not a map", walked_));
    return value;
  }

 private:
  Value& entry(Value& parent, const std::string& key) {
    Value& map = as_map(parent);
    walked_ += (walked_.empty() ? "" : ".") + key;
    defaults_ = defaults_ == nullptr ? nullptr : defaults_->find(key);
    Value* found = map.find(key);
    if (found != nullptr) return *found;
    Value absent;
    absent.location = kCommandLine;
    return map.set(key, std::move(absent));
  }

  Value& item(Value& list, size_t index) {
    if (!list.is_list()) fail_setting(setting_, fmt::format("{} is not a list", walked_));
    if (index >= list.items.size()) {
      const size_t n = list.items.size();
      fail_setting(setting_,
                   fmt::format("{} has {} item{}, there is no [{}]", walked_, n, n == 1 ? "" : "s", index));
    }
    walked_ += fmt::format("[{}]", index);
    defaults_ = nullptr;
    return list.items[index];
  }

  const std::string& setting_;
  const Value* defaults_;
  std::string walked_;
};

/// Notes that the fields beside `type` were set for another one.
void mark_other_type(Value& map, const Value& new_type) {
  const Value* old_type = map.find(kTypeKey);
  if (old_type != nullptr && old_type->text == new_type.text) return;
  for (size_t i = 0; i < map.keys.size(); ++i) map.items[i].of_other_type = map.keys[i] != kTypeKey;
}

}  // namespace

void merge(Value& base, const Value& over) {
  if (!base.is_map() || !over.is_map()) {
    base = over;
    return;
  }
  base.location = over.location;
  if (const Value* type = over.find(kTypeKey)) mark_other_type(base, *type);
  for (size_t i = 0; i < over.keys.size(); ++i) {
    if (Value* existing = base.find(over.keys[i])) {
      merge(*existing, over.items[i]);
      existing->of_other_type = over.items[i].of_other_type;
    } else {
      base.set(over.keys[i], over.items[i]);
    }
  }
}

Value load_document(const fs::path& path, const Rewrite& rewrite) {
  return Loader(rewrite).load(path, {});
}

void apply_settings(Value& document, const std::vector<std::string>& settings, const Value& defaults) {
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      fail_setting("'" + setting + "'", "must be key=value, such as train.steps=100");
    const auto steps = parse_path(std::string_view(setting).substr(0, equals));
    if (steps.empty())
      fail_setting("'" + setting + "'", "the key must be a path such as losses[0].temperature");
    const Value value = parse_value(std::string_view(setting).substr(equals + 1), kCommandLine.source);
    // The last key is merged as a map of its own, for what a merge does beside setting a value.
    std::vector<Step> parent_steps = steps;
    if (!steps.back().index) parent_steps.pop_back();
    Setter setter(setting, defaults);
    Value& target = setter.walk(document, parent_steps);
    if (steps.back().index) {
      merge(target, value);
      target.location = kCommandLine;
    } else {
      Value& map = setter.as_map(target);
      const Location where = map.location;
      Value over = map_value(kCommandLine);
      over.set(steps.back().key, value);
      merge(map, over);
      map.location = where;
    }
  }
}

}  // namespace melomine::configs
