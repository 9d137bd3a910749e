#include "configs/schema.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "configs/choice.h"
#include "configs/compose.h"
#include "core/json_text.h"

namespace melomine::configs {
namespace {

using Json = nlohmann::ordered_json;

Json object_schema() {
  return {{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
}

void add_range(Json& field, const Range& range) {
  if (std::isfinite(range.min)) field[range.open_min ? "exclusiveMinimum" : "minimum"] = range.min;
  if (std::isfinite(range.max)) field[range.open_max ? "exclusiveMaximum" : "maximum"] = range.max;
}

void bind_object(Json& object, const std::function<void(Binder&)>& body);

/// Fills one object's properties in one pass, for the kind that is chosen.
class SchemaWriter : public Binder {
 public:
  explicit SchemaWriter(Json& object) : object_(object) {}
  AnyChoice* choice = nullptr;  ///< the object's `type`, if it has one

  void field(const Field& field) override {
    add(field.key, std::visit([&](auto* value) { return schema_of(field, *value); }, field.target),
        field.doc);
  }
  void variant(AnyChoice& bound) override {
    choice = &bound;
    const Catalogue& catalogue = bound.catalogue();
    Json field = {{"type", "string"}, {"enum", catalogue.names()}};
    if (!bound.type().empty()) field["default"] = bound.type();
    std::string doc = catalogue.family();
    for (const std::string& name : catalogue.names()) doc += "; " + name + ": " + catalogue.get(name).doc;
    add(kTypeKey, std::move(field), doc);
    bound.fields(*this);
  }
  void map(std::string_view key, const std::function<void(Binder&)>& body, std::string_view doc) override {
    Json field = object_schema();
    bind_object(field, body);
    field["type"] = {"object", "null"};
    add(key, std::move(field), doc);
  }
  void list(std::string_view key, size_t, const std::function<void(size_t)>& resize,
            const std::function<void(Binder&, size_t)>& body, std::string_view doc) override {
    Json item = object_schema();
    resize(1);
    bind_object(item, [&](Binder& b) { body(b, 0); });
    add(key, {{"type", "array"}, {"items", std::move(item)}}, doc);
  }
  void require(bool, std::string_view, std::string_view) override {}

 private:
  static Json schema_of(const Field&, bool value) { return {{"type", "boolean"}, {"default", value}}; }
  static Json schema_of(const Field& field, int64_t value) {
    Json schema = {{"type", "integer"}, {"default", value}};
    add_range(schema, field.range);
    return schema;
  }
  static Json schema_of(const Field& field, double value) {
    Json schema = {{"type", "number"}, {"default", value}};
    add_range(schema, field.range);
    return schema;
  }
  static Json schema_of(const Field& field, const std::string& value) {
    // Not "type": "string": a text may be written without quotes, and 2024 is then a number to an editor.
    if (field.choices.empty()) return {{"type", {"string", "number", "boolean"}}, {"default", value}};
    Json schema = {{"type", "string"}, {"enum", field.choices}};
    if (!value.empty()) schema["default"] = value;
    return schema;
  }
  static Json schema_of(const Field&, const std::filesystem::path& value) {
    return {{"type", "string"}, {"default", value.string()}};
  }
  static Json schema_of(const Field& field, const std::vector<double>& values) {
    Json item = {{"type", "number"}};
    add_range(item, field.range);
    return {{"type", "array"}, {"items", std::move(item)}, {"default", values}};
  }
  static Json schema_of(const Field&, const std::vector<std::string>& values) {
    const Json item = {{"type", {"string", "number", "boolean"}}};
    return {{"type", "array"}, {"items", item}, {"default", values}};
  }
  void add(std::string_view key, Json field, std::string_view doc) {
    if (!doc.empty()) field["description"] = doc;
    auto& properties = object_["properties"];
    // Variants that share a key share its meaning; the first one tells it.
    if (!properties.contains(std::string(key))) properties[std::string(key)] = std::move(field);
  }
  Json& object_;
};

/// Rules by which each type allows its own keys alone.
Json rules_of(const std::map<std::string, std::vector<std::string>>& types_of, const AnyChoice& choice) {
  Json rules = Json::array();
  for (const std::string& name : choice.catalogue().names()) {
    std::vector<std::string> keys;
    for (const auto& [key, types] : types_of)
      if (std::find(types.begin(), types.end(), name) != types.end()) keys.push_back(key);
    if (keys.size() == types_of.size()) continue;
    Json condition = {{"properties", {{std::string(kTypeKey), {{"const", name}}}}}};
    if (name != choice.type()) condition["required"] = {kTypeKey};
    rules.push_back({{"if", condition}, {"then", {{"propertyNames", {{"enum", keys}}}}}});
  }
  return rules;
}

/// The properties of an object that has a `type` are those of every kind together.
void bind_object(Json& object, const std::function<void(Binder&)>& body) {
  SchemaWriter first(object);
  body(first);
  if (first.choice == nullptr) return;
  AnyChoice& choice = *first.choice;
  const AnyChoice kept = choice;
  for (const std::string& name : kept.catalogue().names()) {
    choice.choose(name);
    SchemaWriter writer(object);
    body(writer);
  }
  choice = kept;
  if (kept.type().empty()) object["required"] = {kTypeKey};
  Json rules = rules_of(types_of_keys(choice, body), kept);
  if (!rules.empty()) object["allOf"] = std::move(rules);
}

}  // namespace

std::string write_schema(const std::string& title, bool extends, const std::function<void(Binder&)>& body) {
  Json root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  root.update(object_schema());
  if (extends) {
    root["properties"][std::string(kExtendsKey)] = {
        {"type", {"string", "array"}},
        {"items", {{"type", "string"}}},
        {"description",
         "YAML files this one builds on, relative to it; later ones win, this file wins over all"}};
  }
  bind_object(root, body);
  return json_text(root, 2) + "\n";
}

}  // namespace melomine::configs
