#include "configs/type_probe.h"

namespace melomine::configs {
namespace {

/// Notes the keys of one map, not of the maps in it.
class KeyCollector : public Binder {
 public:
  explicit KeyCollector(TypeForcer& type) : type_(type) {}
  std::vector<std::string> keys;

  void field(const Field& field) override {
    keys.emplace_back(field.key);
    if (auto* const* text = std::get_if<std::string*>(&field.target))
      if (!field.choices.empty()) type_.at_choice(field.key, **text, field.choices);
  }
  void map(std::string_view key, const std::function<void(Binder&)>&, std::string_view) override {
    keys.emplace_back(key);
  }
  void list(std::string_view key, size_t, const std::function<void(size_t)>&,
            const std::function<void(Binder&, size_t)>&, std::string_view) override {
    keys.emplace_back(key);
  }
  void require(bool, std::string_view, std::string_view) override {}

 private:
  TypeForcer& type_;
};

}  // namespace

void TypeForcer::at_choice(std::string_view key, std::string& value, const std::vector<std::string>& known) {
  if (key != kTypeKey) return;
  choices = known;
  if (!seen_) original = value;
  seen_ = true;
  if (!forced.empty()) value = forced;
}

Variants variants_of(const std::function<void(Binder&)>& body) {
  TypeForcer type;
  KeyCollector first(type);
  body(first);
  Variants variants;
  variants.types = type.choices;
  for (const std::string& name : variants.types) {
    type.forced = name;
    KeyCollector collector(type);
    body(collector);
    for (const std::string& key : collector.keys) variants.types_of[key].push_back(name);
  }
  if (!variants.types.empty()) {
    type.forced = type.original;
    KeyCollector restoring(type);
    body(restoring);
  }
  return variants;
}

}  // namespace melomine::configs
