#pragma once

#include <filesystem>
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

/// What is nested deeper is refused: it is no file of this project, and what walks through it walks by the
/// stack.
inline constexpr int kDeepestJson = 100;

/// @throws nlohmann::json::exception
nlohmann::json parse_json(std::string_view text);
/// The same with keys in the order written.
nlohmann::ordered_json parse_ordered_json(std::string_view text);
/// The same for a record whose numbers become integers: one beyond 2^53 written as a real number, which no
/// file of this project has, is refused, as what it becomes is not defined.
nlohmann::ordered_json parse_record(std::string_view text);
/// Nothing where the text is no JSON.
std::optional<nlohmann::ordered_json> json_if_valid(std::string_view text);

/// Tells that a file of JSON cannot be used. @param what    as the exception of nlohmann::json says it
/// @param remedy  what to do then; may be empty
/// @throws DataError, always
[[noreturn]] void fail_json(const std::filesystem::path& file, std::string_view what,
                            std::string_view remedy = {});

/// NaN where the JSON says null, as numbers that are not finite are written.
template <class Json>
double number_or_nan(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.template get<double>();
}

}  // namespace melomine
