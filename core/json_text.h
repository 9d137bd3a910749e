#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace melomine {

/// JSON as text. Bytes that are no UTF-8 become U+FFFD, as names of files may hold any: no command dies of
/// them.
/// @param indent  blanks a level; -1 = all in one line
template <class Json>
std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// NaN where the JSON says null, as numbers that are not finite are written.
template <class Json>
double number_or_nan(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.template get<double>();
}

}  // namespace melomine
