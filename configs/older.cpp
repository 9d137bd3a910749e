#include "configs/older.h"

#include <algorithm>

#include "configs/choice.h"

namespace melomine::configs {
namespace {

const Value kNothing;

const Value& child(const Value& map, std::string_view key) {
  const Value* found = map.is_map() ? map.find(key) : nullptr;
  return found == nullptr ? kNothing : *found;
}

/// Walks over the maps that a document has.
class Rewriter : public Binder {
 public:
  Rewriter(Value& map, const Value& below) : map_(map), below_(below) {}

  void older(const std::function<void(Value& written, const Value& below)>& rewrite) override {
    rewrite(map_, below_);
  }
  void field(const Field&) override {}
  void variant(AnyChoice& choice) override {
    const Value& own = child(map_, kTypeKey);
    const std::string& type = own.is_null() ? child(below_, kTypeKey).text : own.text;
    const auto known = choice.catalogue().names();
    if (std::find(known.begin(), known.end(), type) != known.end()) choice.choose(type);
    choice.fields(*this);
  }
  void map(std::string_view key, const std::function<void(Binder&)>& body, std::string_view) override {
    Value* written = map_.find(key);
    if (written != nullptr && written->is_map()) rewrite_older(*written, child(below_, key), body);
  }
  void list(std::string_view key, size_t, const std::function<void(size_t)>& resize,
            const std::function<void(Binder&, size_t)>& body, std::string_view) override {
    Value* written = map_.find(key);
    if (written == nullptr || !written->is_list()) return;
    resize(written->items.size());
    for (size_t i = 0; i < written->items.size(); ++i)
      if (written->items[i].is_map())
        rewrite_older(written->items[i], kNothing, [&](Binder& b) { body(b, i); });
  }
  void require(bool, std::string_view, std::string_view) override {}

 private:
  Value& map_;
  const Value& below_;
};

}  // namespace

void renamed(Binder& b, std::string_view from, std::string_view to) {
  b.older([=](Value& written, const Value&) {
    if (written.find(to) != nullptr) return;
    std::replace(written.keys.begin(), written.keys.end(), std::string(from), std::string(to));
  });
}

void once_of_every_type(Binder& b, const std::vector<std::string>& keys) {
  b.older([&](Value& written, const Value&) {
    const bool all = std::all_of(keys.begin(), keys.end(),
                                 [&](const std::string& key) { return written.find(key) != nullptr; });
    if (!all) return;
    for (const std::string& key : keys) written.find(key)->of_other_type = true;
  });
}

void rewrite_older(Value& document, const Value& below, const std::function<void(Binder&)>& body) {
  Rewriter rewriter(document, below);
  body(rewriter);
}

}  // namespace melomine::configs
