#include "cli/option_binder.h"

#include <fmt/format.h>

#include <sstream>
#include <vector>

namespace melomine::cli {
namespace {

using configs::Binder;
using configs::Field;
using configs::Value;

std::string option_of(std::string_view key) {
  std::string name(key);
  for (char& c : name)
    if (c == '_') c = '-';
  return name;
}

/// Kinds and lists of maps are no options, and rules wait until everything is read.
class FieldVisitor : public Binder {
 public:
  void variant(configs::AnyChoice&) override {}
  void list(std::string_view, size_t, const std::function<void(size_t)>&,
            const std::function<void(Binder&, size_t)>&, std::string_view) override {}
  void require(bool, std::string_view, std::string_view) override {}
};

std::string text_of(bool value) {
  return value ? "true" : "false";
}
std::string text_of(const std::filesystem::path& value) {
  return value.string();
}
template <class T>
std::string text_of(const T& value) {
  return fmt::format("{}", value);
}
template <class T>
std::string text_of(const std::vector<T>& values) {
  return fmt::format("{}", fmt::join(values, ","));
}

class OptionAdder : public FieldVisitor {
 public:
  explicit OptionAdder(po::options_description& options) : options_(options) {}
  void field(const Field& field) override {
    const std::string text = std::visit([](const auto* value) { return text_of(*value); }, field.target);
    auto* semantic = po::value<std::string>();
    if (!text.empty()) semantic->default_value(text);
    if (std::holds_alternative<bool*>(field.target)) semantic->implicit_value("true");
    options_.add_options()(option_of(field.key).c_str(), semantic, std::string(field.doc).c_str());
  }
  void map(std::string_view, const std::function<void(Binder&)>& body, std::string_view) override {
    body(*this);
  }

 private:
  po::options_description& options_;
};

const configs::Location kCommandLine{"command line", 0};

template <class T>
Value value_of(const std::string& text, const T*) {
  return configs::scalar_value(text, false, kCommandLine);
}
template <class T>
Value value_of(const std::string& text, const std::vector<T>*) {
  Value list;
  list.kind = Value::Kind::kList;
  list.location = kCommandLine;
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ',');)
    list.items.push_back(configs::scalar_value(item, false, kCommandLine));
  return list;
}

/// Puts each option that was given where the struct has its field.
class OptionCollector : public FieldVisitor {
 public:
  OptionCollector(const po::variables_map& values, Value& map) : values_(values), map_(map) {}
  void field(const Field& field) override {
    const po::variable_value& given = values_[option_of(field.key)];
    if (given.empty() || given.defaulted()) return;
    const auto& text = given.as<std::string>();
    map_.set(field.key, std::visit([&](const auto* value) { return value_of(text, value); }, field.target));
  }
  void map(std::string_view key, const std::function<void(Binder&)>& body, std::string_view) override {
    Value nested = configs::map_value(kCommandLine);
    OptionCollector inside(values_, nested);
    body(inside);
    if (!nested.keys.empty()) map_.set(key, std::move(nested));
  }

 private:
  const po::variables_map& values_;
  Value& map_;
};

}  // namespace

void add_field_options(po::options_description& options, const std::function<void(Binder&)>& body) {
  OptionAdder adder(options);
  body(adder);
}

Value options_document(const po::variables_map& values, const std::function<void(Binder&)>& body) {
  Value document = configs::map_value(kCommandLine);
  OptionCollector collector(values, document);
  body(collector);
  return document;
}

}  // namespace melomine::cli
