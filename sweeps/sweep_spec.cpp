#include "sweeps/sweep_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace melomine::sweeps {
namespace {

using configs::Location;
using configs::Setting;
using configs::Value;

constexpr size_t kMostPoints = 100'000;

[[noreturn]] void fail_at(const Location& where, const std::string& message) {
  throw ConfigError(fmt::format("{}: {}", where.text(), message));
}

const Value& require_map(const Value& value, std::string_view name) {
  if (!value.is_map()) fail_at(value.location, fmt::format("{}: must be a map of keys", name));
  return value;
}

const Value& require_items(const Value& value, std::string_view name) {
  if (!value.is_list() || value.items.empty())
    fail_at(value.location, fmt::format("{}: must be a list, [a, b], of one or more", name));
  return value;
}

void require_known_keys(const Value& map, std::string_view name, const std::vector<std::string>& known) {
  for (size_t i = 0; i < map.keys.size(); ++i) {
    if (std::find(known.begin(), known.end(), map.keys[i]) != known.end()) continue;
    const std::string nearest = nearest_name(map.keys[i], known);
    fail_at(map.items[i].location,
            fmt::format("{}.{}: unknown key; {}", name, map.keys[i],
                        nearest.empty() ? fmt::format("known: {}", fmt::join(known, ", "))
                                        : fmt::format("did you mean '{}'?", nearest)));
  }
}

Setting setting_of(const std::string& key, const Value& value) {
  if (key == "name" || key == "runs")
    fail_at(value.location, fmt::format("{}: is the sweep's, points have names of their own", key));
  return {.key = key, .value = value};
}

PointSettings settings_of(const Value& map, std::string_view name) {
  require_map(map, name);
  PointSettings settings;
  for (size_t i = 0; i < map.keys.size(); ++i) settings.push_back(setting_of(map.keys[i], map.items[i]));
  return settings;
}

std::vector<PointSettings> points_of_list(const Value& list) {
  std::vector<PointSettings> points;
  for (const Value& item : require_items(list, "list").items) points.push_back(settings_of(item, "list"));
  return points;
}

std::vector<PointSettings> points_of_zip(const Value& zip) {
  std::vector<PointSettings> points;
  require_map(zip, "zip");
  for (size_t i = 0; i < zip.keys.size(); ++i) {
    const Value& values = require_items(zip.items[i], zip.keys[i]);
    if (points.empty()) points.resize(values.items.size());
    if (points.size() != values.items.size())
      fail_at(values.location, fmt::format("{}: has {} values where the zip's first key has {}", zip.keys[i],
                                           values.items.size(), points.size()));
    for (size_t k = 0; k < points.size(); ++k) points[k].push_back(setting_of(zip.keys[i], values.items[k]));
  }
  return points;
}

using Points = std::vector<PointSettings>;

/// Every one of `outer` with every one of `inner`, which change faster.
Points product(const Points& outer, const Points& inner, const Location& where) {
  if (outer.size() * inner.size() > kMostPoints)
    fail_at(where, fmt::format("sweep: more than {} points", kMostPoints));
  Points all;
  for (const PointSettings& a : outer) {
    for (const PointSettings& b : inner) {
      all.push_back(a);
      all.back().insert(all.back().end(), b.begin(), b.end());
    }
  }
  return all;
}

Points points_of_grid(const Value& grid) {
  Points points = {{}};
  require_map(grid, "grid");
  for (size_t i = 0; i < grid.keys.size(); ++i) {
    Points values;
    for (const Value& value : require_items(grid.items[i], grid.keys[i]).items)
      values.push_back({setting_of(grid.keys[i], value)});
    points = product(points, values, grid.location);
  }
  return points;
}

Points points_of_seeds(const Value& seeds) {
  Points points;
  for (const Value& seed : require_items(seeds, "seeds").items)
    points.push_back({setting_of(kSeedKey, seed)});
  return points;
}

void refuse_repeated_keys(const PointSettings& point) {
  for (size_t i = 0; i < point.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (point[i].key == point[k].key && !point[i].key.ends_with('+'))
        fail_at(point[i].value.location, fmt::format("{}: given twice for one point, first on line {}",
                                                     point[i].key, point[k].value.location.line));
}

/// @param seeds  of the whole sweep; null: none
Points points_of_block(const Value& block, const Value* seeds) {
  require_known_keys(require_map(block, "points"), "points", {"list", "zip", "grid", "seeds"});
  Points points = {{}};
  const auto multiply = [&](const char* key, Points (*expand)(const Value&)) {
    if (const Value* part = block.find(key)) points = product(points, expand(*part), part->location);
  };
  multiply("list", points_of_list);
  multiply("zip", points_of_zip);
  multiply("grid", points_of_grid);
  if (const Value* own = block.find("seeds")) seeds = own;
  if (seeds != nullptr) points = product(points, points_of_seeds(*seeds), block.location);
  for (const PointSettings& point : points) refuse_repeated_keys(point);
  return points;
}

std::string word_of(const Value& section, const char* key, const std::string& otherwise) {
  const Value* value = section.find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_scalar()) fail_at(value->location, fmt::format("sweep.{}: must be a text", key));
  return value->text;
}

}  // namespace

SweepSpec read_sweep(const Value& section) {
  require_known_keys(require_map(section, kSweepKey), kSweepKey,
                     {"does", "seeds", "points", "base", "metric"});
  SweepSpec spec;
  spec.does = word_of(section, "does", spec.does);
  const std::vector<std::string> commands = {"run", "train", "evaluate"};
  if (std::find(commands.begin(), commands.end(), spec.does) == commands.end())
    fail_at(section.find("does")->location,
            fmt::format("sweep.does = {}: must be one of {}", spec.does, fmt::join(commands, ", ")));
  spec.metric = word_of(section, "metric", "");
  if (const Value* base = section.find("base")) spec.base = settings_of(*base, "base");
  const Value* seeds = section.find("seeds");
  const Value* blocks = section.find("points");
  if (blocks == nullptr && seeds == nullptr) fail_at(section.location, "sweep: has neither points nor seeds");
  if (blocks == nullptr) {
    spec.points = points_of_seeds(*seeds);
    return spec;
  }
  for (const Value& block : require_items(*blocks, "points").items) {
    const Points points = points_of_block(block, seeds);
    std::copy(points.begin(), points.end(), std::back_inserter(spec.points));
    if (spec.points.size() > kMostPoints)
      fail_at(block.location, fmt::format("sweep: more than {} points", kMostPoints));
  }
  return spec;
}

}  // namespace melomine::sweeps
