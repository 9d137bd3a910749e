#include "configs/json_writer.h"

#include <nlohmann/json.hpp>

#include "configs/choice.h"
#include "core/json_text.h"

namespace melomine::configs {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::function<void(Binder&)>& body);

class JsonWriter : public Binder {
 public:
  Json json = Json::object();

  void field(const Field& field) override {
    if (field.is_left_out()) return;
    std::visit([&](const auto* value) { json[std::string(field.key)] = as_json(*value); }, field.target);
  }
  void variant(AnyChoice& choice) override {
    json[std::string(kTypeKey)] = choice.type();
    choice.fields(*this);
  }
  void map(std::string_view key, const std::function<void(Binder&)>& body, std::string_view) override {
    json[std::string(key)] = json_of(body);
  }
  void list(std::string_view key, size_t size, const std::function<void(size_t)>&,
            const std::function<void(Binder&, size_t)>& body, std::string_view) override {
    Json& items = json[std::string(key)] = Json::array();
    for (size_t i = 0; i < size; ++i) items.push_back(json_of([&](Binder& b) { body(b, i); }));
  }
  void require(bool, std::string_view, std::string_view) override {}

 private:
  static Json as_json(const std::filesystem::path& value) { return value.string(); }
  template <class T>
  static Json as_json(const T& value) {
    return value;
  }
};

Json json_of(const std::function<void(Binder&)>& body) {
  JsonWriter writer;
  body(writer);
  return std::move(writer.json);
}

}  // namespace

std::string write_json(const std::function<void(Binder&)>& body) {
  return json_text(json_of(body), 2) + "\n";
}

}  // namespace melomine::configs
