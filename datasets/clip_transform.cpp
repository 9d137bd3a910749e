#include "datasets/clip_transform.h"

#include <algorithm>

#include "configs/config.h"
#include "core/text.h"

namespace melomine::datasets {
namespace {

using configs::Value;

struct Transforms {
  std::vector<ClipTransformConfig> list = paper_transforms();
};
void bind(configs::Binder& b, Transforms& c) {
  b.nested_list("list", c.list, "");
}

ClipTransformConfig applied_to(double share, const char* type) {
  ClipTransformConfig config;
  config.transform.choose(type);
  config.probability = share;
  return config;
}

/// The item of a list of transforms that has this type, or nullptr.
Value* item_of(Value& list, const std::string& type) {
  for (Value& item : list.items) {
    const Value* own = item.is_map() ? item.find(configs::kTypeKey) : nullptr;
    if (own != nullptr && own->text == type) return &item;
  }
  return nullptr;
}

/// Splits "noise_min_snr_db" into a kind and its key; the kind is empty when there is none of this name.
std::pair<std::string, std::string> kind_and_key(const std::string& key) {
  for (const std::string& name : TransformKind::catalogue().names())
    if (key.starts_with(name + "_")) return {name, key.substr(name.size() + 1)};
  return {};
}

/// Writes the map of an older version as the list that it means, over the list that is below it.
void write_as_list(Value& map, const Value* below) {
  Value list = below != nullptr && below->is_list()
                   ? *below
                   : *configs::parse_document(configs::to_yaml(Transforms{}), "").find("list");
  const bool known = std::all_of(map.keys.begin(), map.keys.end(),
                                 [](const std::string& key) { return !kind_and_key(key).first.empty(); });
  if (!known) return;  // the reader says what is wrong with it
  for (size_t i = 0; i < map.keys.size(); ++i) {
    const auto [type, key] = kind_and_key(map.keys[i]);
    Value* item = item_of(list, type);
    if (item == nullptr) {
      item = &list.items.emplace_back(configs::map_value(map.location));
      item->set(configs::kTypeKey, configs::scalar_value(type, false, map.location));
      item->set("probability", configs::scalar_value("0", false, map.location));
    }
    item->set(key, map.items[i]);
  }
  std::erase_if(list.items, [](const Value& item) {
    const Value* share = item.is_map() ? item.find("probability") : nullptr;
    return share != nullptr && share->is_scalar() && melomine::parse<double>(share->text) == 0.0;
  });
  list.location = map.location;
  map = list;
}

}  // namespace

void bind(configs::Binder& b, ClipTransformConfig& c) {
  b.variant(c.transform);
  b.number("probability", c.probability, configs::between(0, 1), "share of the clips it is applied to");
}

std::vector<ClipTransformConfig> paper_transforms() {
  return {applied_to(0.5, "pitch_shift"), applied_to(0.8, "time_stretch"), applied_to(0.8, "splice_out"),
          applied_to(0.8, "mix"), applied_to(0.8, "noise")};
}

void bind_transforms(configs::Binder& b, std::string_view key, std::vector<ClipTransformConfig>& transforms) {
  b.older([&](Value& written, const Value& below) {
    Value* map = written.find(key);
    if (map != nullptr && map->is_map()) write_as_list(*map, below.is_map() ? below.find(key) : nullptr);
  });
  b.nested_list(key, transforms, "waveform transforms, one after the other");
}

}  // namespace melomine::datasets
