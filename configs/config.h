#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "configs/binder.h"
#include "configs/check.h"
#include "configs/choice.h"
#include "configs/compose.h"
#include "configs/families.h"
#include "configs/json_writer.h"
#include "configs/older.h"
#include "configs/schema.h"
#include "configs/settings.h"
#include "configs/yaml_reader.h"
#include "configs/yaml_writer.h"

/// Every way a struct with a `bind` meets text. Precedence: defaults < files named by `extends:` < the file <
/// `key=value` settings.
namespace melomine::configs {

/// A struct from a YAML file. @throws ConfigError listing all that is wrong, each with its file and line
template <class T>
T load_config(const std::filesystem::path& path, const std::vector<std::string>& settings = {});

/// A struct from YAML text; `name` stands for the file in messages. `extends:` is an unknown key here.
template <class T>
T parse_config(std::string_view text, const std::string& name, const std::vector<std::string>& settings = {});

/// Changes some fields by `key=value` settings, for commands that take no YAML. Nothing changes when one is
/// wrong. @throws ConfigError
template <class T>
void apply_overrides(T& config, const std::vector<std::string>& settings);

/// For those who change a document before it is read: a file with all it extends as a tree, in the present
/// spelling; keys that are none of the struct's are kept. @throws ConfigError as load_document does
template <class T>
Value load_tree(const std::filesystem::path& path);

/// A struct from a tree. @throws ConfigError listing all that is wrong
template <class T>
T read_tree(const Value& document);

/// A struct's values as a tree.
template <class T>
Value tree_of(const T& config);

/// YAML that reads back to the same values exactly; `comments` adds each field's meaning.
template <class T>
std::string to_yaml(const T& config, bool comments = false);

/// The same values as JSON.
template <class T>
std::string to_json(const T& config);

/// The families of kinds that the struct's YAML chooses from.
template <class T>
std::vector<FamilyInfo> families();

/// JSON Schema (draft 2020-12) of the struct's YAML files.
template <class T>
std::string json_schema(const std::string& title);

namespace detail {

template <class T>
Value document_of(const T& config) {
  T copy = config;
  return write_document([&](Binder& b) { bind(b, copy); });
}

/// Turns what older versions wrote into what `config` binds now.
template <class T>
Rewrite rewrite_for(const T& config) {
  return [config](Value& written, const Value& below) {
    T scratch = config;
    rewrite_older(written, below, [&](Binder& b) { bind(b, scratch); });
  };
}

/// Reads into a copy, so that nothing changes when something is wrong.
template <class T>
void read_config(Value document, const std::vector<std::string>& settings, T& config) {
  T read = config;
  apply_settings(document, settings, document_of(config));
  read_document(document, [&](Binder& b) { bind(b, read); });
  config = std::move(read);
}

}  // namespace detail

template <class T>
T load_config(const std::filesystem::path& path, const std::vector<std::string>& settings) {
  T config;
  detail::read_config(load_document(path, detail::rewrite_for(config)), settings, config);
  return config;
}

template <class T>
T parse_config(std::string_view text, const std::string& name, const std::vector<std::string>& settings) {
  T config;
  Value document = parse_document(text, name);
  detail::rewrite_for(config)(document, map_value({}));
  detail::read_config(std::move(document), settings, config);
  return config;
}

template <class T>
Value load_tree(const std::filesystem::path& path) {
  return load_document(path, detail::rewrite_for(T{}));
}

template <class T>
T read_tree(const Value& document) {
  T config;
  detail::read_config(document, {}, config);
  return config;
}

template <class T>
Value tree_of(const T& config) {
  return detail::document_of(config);
}

template <class T>
void apply_overrides(T& config, const std::vector<std::string>& settings) {
  detail::read_config(map_value({}), settings, config);
}

template <class T>
std::string to_yaml(const T& config, bool comments) {
  return emit_yaml(detail::document_of(config), comments);
}

template <class T>
std::string to_json(const T& config) {
  T copy = config;
  return write_json([&](Binder& b) { bind(b, copy); });
}

template <class T>
std::vector<FamilyInfo> families() {
  T defaults;
  return families_of([&](Binder& b) { bind(b, defaults); });
}

template <class T>
std::string json_schema(const std::string& title) {
  T defaults;
  return write_schema(title, true, [&](Binder& b) { bind(b, defaults); });
}

}  // namespace melomine::configs
