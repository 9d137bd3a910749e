#include "configs/choice.h"

namespace melomine::configs {
namespace {

std::vector<std::pair<std::string, KindEntry>> by_name(const std::vector<KindEntry>& kinds) {
  std::vector<std::pair<std::string, KindEntry>> entries;
  entries.reserve(kinds.size());
  for (const KindEntry& entry : kinds) entries.emplace_back(entry.name, entry);
  return entries;
}

/// Notes the keys of one map, not of the maps in it.
class KeyCollector : public Binder {
 public:
  std::vector<std::string> keys;

  void field(const Field& field) override { keys.emplace_back(field.key); }
  void variant(AnyChoice& choice) override {
    keys.emplace_back(kTypeKey);
    choice.fields(*this);
  }
  void map(std::string_view key, const std::function<void(Binder&)>&, std::string_view) override {
    keys.emplace_back(key);
  }
  void list(std::string_view key, size_t, const std::function<void(size_t)>&,
            const std::function<void(Binder&, size_t)>&, std::string_view) override {
    keys.emplace_back(key);
  }
  void require(bool, std::string_view, std::string_view) override {}
};

}  // namespace

Catalogue::Catalogue(const std::string& family, const std::vector<KindEntry>& kinds)
    : family_(family), kinds_(family, by_name(kinds)) {}

AnyChoice::AnyChoice(const Catalogue& catalogue, const std::string& type) : catalogue_(&catalogue) {
  if (!type.empty()) choose(type);
}

AnyChoice::AnyChoice(const AnyChoice& other)
    : catalogue_(other.catalogue_),
      type_(other.type_),
      own_(other.own_ == nullptr ? nullptr : other.own_->clone()) {}

AnyChoice& AnyChoice::operator=(const AnyChoice& other) {
  AnyChoice copy(other);
  return *this = std::move(copy);
}

void AnyChoice::choose(const std::string& type) {
  own_ = catalogue_->get(type).make();
  type_ = type;
}

void AnyChoice::fields(Binder& b) {
  if (own_ != nullptr) own_->fields(b);
}

Kind& AnyChoice::own() const {
  if (own_ == nullptr) throw ConfigError("no " + catalogue_->family() + " is chosen");
  return *own_;
}

void AnyChoice::fail_settings() const {
  throw ConfigError("the " + catalogue_->family() + " chosen is " + type_ + ", which has other settings");
}

std::map<std::string, std::vector<std::string>> types_of_keys(AnyChoice& choice,
                                                              const std::function<void(Binder&)>& body) {
  std::map<std::string, std::vector<std::string>> types;
  const AnyChoice kept = choice;
  for (const std::string& name : kept.catalogue().names()) {
    choice.choose(name);
    KeyCollector collector;
    body(collector);
    for (const std::string& key : collector.keys) types[key].push_back(name);
  }
  choice = kept;
  return types;
}

}  // namespace melomine::configs
