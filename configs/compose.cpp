#include "configs/compose.h"

#include <fmt/format.h>

#include <algorithm>

#include "configs/choice.h"
#include "core/atomic_file.h"
#include "core/error.h"

namespace melomine::configs {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFiles = 100;  // a diamond of diamonds would otherwise be read 2^depth times

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

}  // namespace melomine::configs
