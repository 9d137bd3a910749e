#pragma once

#include "cli/command.h"
#include "configs/yaml_reader.h"

namespace melomine::cli {

/// Adds an option for each field that `body` binds: `min_rate` is --min-rate, the items of a list are written
/// with commas (0.6,0.3,0.1), the fields of a nested map are options like the others.
void add_field_options(po::options_description& options, const std::function<void(configs::Binder&)>& body);

/// The options that were given, as a document of the same fields.
configs::Value options_document(const po::variables_map& values,
                                const std::function<void(configs::Binder&)>& body);

/// An option for each field of a config struct.
template <class T>
void add_options(po::options_description& options, const T& config) {
  T copy = config;
  add_field_options(options, [&](configs::Binder& b) { bind(b, copy); });
}

/// Reads the options that were given into the struct, as strictly as YAML is read.
/// @throws ConfigError "command line: min_rate = -1: must be > 0", a line each
template <class T>
void read_options(const po::variables_map& values, T& config) {
  const auto body = [&](configs::Binder& b) { bind(b, config); };
  configs::read_document(options_document(values, body), body);
}

}  // namespace melomine::cli
