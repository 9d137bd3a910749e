#include "core/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace melomine {
namespace {

template <class Json>
std::string text_of(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// Whether brackets are nested at most so deep; those in texts count for nothing.
bool is_shallow(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepestJson) return false;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return true;
}

/// Whether any real number of it is so large.
bool holds_beyond(const nlohmann::ordered_json& json, double most) {
  if (json.is_number_float()) return !(std::abs(json.get<double>()) <= most);
  if (!json.is_structured()) return false;
  return std::any_of(json.begin(), json.end(), [&](const auto& value) { return holds_beyond(value, most); });
}

template <class Json>
Json parsed(std::string_view text) {
  if (!is_shallow(text))
    throw nlohmann::json::other_error::create(
        501, fmt::format("is nested deeper than {} levels", kDeepestJson), nullptr);
  return Json::parse(text);
}

}  // namespace

std::string json_text(const nlohmann::json& json, int indent) {
  return text_of(json, indent);
}

std::string json_text(const nlohmann::ordered_json& json, int indent) {
  return text_of(json, indent);
}

nlohmann::json parse_json(std::string_view text) {
  return parsed<nlohmann::json>(text);
}

nlohmann::ordered_json parse_ordered_json(std::string_view text) {
  return parsed<nlohmann::ordered_json>(text);
}

nlohmann::ordered_json parse_record(std::string_view text) {
  constexpr double kLargest = 9007199254740992.0;  // 2^53
  nlohmann::ordered_json json = parse_ordered_json(text);
  if (holds_beyond(json, kLargest))
    throw nlohmann::json::other_error::create(501, "a number is beyond all that were written", nullptr);
  return json;
}

std::optional<nlohmann::ordered_json> json_if_valid(std::string_view text) {
  if (!is_shallow(text)) return std::nullopt;
  auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

void fail_json(const std::filesystem::path& file, std::string_view what, std::string_view remedy) {
  // "[json.exception.parse_error.101] parse error at line 1, column 2: …; last read: …": what stands in
  // brackets is for programs, what was read last may be anything.
  if (const size_t name = what.find("] "); what.starts_with("[json.") && name != std::string_view::npos)
    what.remove_prefix(name + 2);
  what = what.substr(0, what.find("; last read"));
  throw DataError(file.string(), "",
                  fmt::format("is damaged: {}{}{}", what, remedy.empty() ? "" : "; ", remedy));
}

}  // namespace melomine
