#pragma once

#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

/// Text to JSON and back. Compiled here once: each file that did it itself would take seconds longer.
namespace melomine {

/// JSON as text. Bytes that are no UTF-8 become U+FFFD, as names of files may hold any: no command dies of
/// them.
/// @param indent  blanks a level; -1 = all in one line
std::string json_text(const nlohmann::json& json, int indent = -1);
std::string json_text(const nlohmann::ordered_json& json, int indent = -1);

/// @throws nlohmann::json::parse_error
nlohmann::json parse_json(std::string_view text);
/// The same with keys in the order written.
nlohmann::ordered_json parse_ordered_json(std::string_view text);
/// Nothing where the text is no JSON.
std::optional<nlohmann::ordered_json> json_if_valid(std::string_view text);

/// NaN where the JSON says null, as numbers that are not finite are written.
template <class Json>
double number_or_nan(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.template get<double>();
}

}  // namespace melomine
