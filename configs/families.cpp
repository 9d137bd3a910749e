#include "configs/families.h"

#include <algorithm>

#include "configs/choice.h"

namespace melomine::configs {
namespace {

void collect(const std::string& path, const std::function<void(Binder&)>& body,
             std::vector<FamilyInfo>& families);

/// Notes the family of one map, and looks into the maps in it.
class Collector : public Binder {
 public:
  Collector(std::string path, std::vector<FamilyInfo>& families)
      : path_(std::move(path)), families_(families) {}
  AnyChoice* choice = nullptr;  ///< the map's `type`, if it has one

  void field(const Field&) override {}
  void variant(AnyChoice& bound) override {
    choice = &bound;
    const Catalogue& catalogue = bound.catalogue();
    const auto same = [&](const FamilyInfo& family) { return family.name == catalogue.family(); };
    if (std::none_of(families_.begin(), families_.end(), same)) {
      FamilyInfo& family = families_.emplace_back(FamilyInfo{catalogue.family(), path_of(kTypeKey), {}});
      for (const std::string& name : catalogue.names())
        family.kinds.push_back({name, catalogue.get(name).doc});
    }
    bound.fields(*this);
  }
  void map(std::string_view key, const std::function<void(Binder&)>& body, std::string_view) override {
    collect(path_of(key), body, families_);
  }
  void list(std::string_view key, size_t, const std::function<void(size_t)>& resize,
            const std::function<void(Binder&, size_t)>& body, std::string_view) override {
    resize(1);
    collect(
        path_of(key) + "[]", [&](Binder& b) { body(b, 0); }, families_);
  }
  void require(bool, std::string_view, std::string_view) override {}

 private:
  std::string path_of(std::string_view key) const { return dotted_key(path_, key); }

  std::string path_;
  std::vector<FamilyInfo>& families_;
};

void collect(const std::string& path, const std::function<void(Binder&)>& body,
             std::vector<FamilyInfo>& families) {
  Collector first(path, families);
  body(first);
  if (first.choice == nullptr) return;
  const AnyChoice kept = *first.choice;
  for (const std::string& name : kept.catalogue().names()) {
    first.choice->choose(name);
    Collector collector(path, families);
    body(collector);
  }
  *first.choice = kept;
}

}  // namespace

std::vector<FamilyInfo> families_of(const std::function<void(Binder&)>& body) {
  std::vector<FamilyInfo> families;
  collect("", body, families);
  return families;
}

}  // namespace melomine::configs
