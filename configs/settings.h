#pragma once

#include <string>
#include <vector>

#include "configs/document.h"

namespace melomine::configs {

/// A value for a place in a document.
struct Setting {
  std::string key;        ///< a path, "train.steps" or "losses[0].temperature"; with + at its end, "losses+"
  Value value;            ///< its location is that of the setting
  std::string said = {};  ///< the setting as messages name it; empty: the key
};

/// "key=value", or "key+=value", of a command line. @throws ConfigError where it has another form
Setting parse_setting(const std::string& text);

/// Whether a word of a command line is meant as one: an = stands in it.
bool is_setting(const std::string& word);

/// Lays a setting upon a document: a map given as a value merges, anything else replaces. With + after its
/// path the value is put at the end of the list there, each item of a list for itself.
/// @param defaults  where a list that the document does not name is taken from before it is changed
/// @throws ConfigError for a key that is no path, an item that does not exist, and + after what is no list
void apply_setting(Value& document, const Setting& setting, const Value& defaults);

/// The same of a command line's, in order.
void apply_settings(Value& document, const std::vector<std::string>& settings, const Value& defaults);

}  // namespace melomine::configs
