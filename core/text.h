#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace melomine {

/// All of `text` as a decimal number: "12", "-3", "0.8", "1e-3". Nothing for an empty text, a blank or
/// anything else beside the number, a leading +, a number outside T's range, and for inf and nan.
template <class T>
std::optional<T> parse(std::string_view text) {
  T value{};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end != last) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(value)) return std::nullopt;
  return value;
}

/// Shortest text that reads back to the same double ("20.25", "0.8").
std::string format_number(double value);

/// Without the blanks and tabs at either end.
std::string_view trimmed(std::string_view text);

/// Puts `by` in place of every `what`; what comes in by that is not looked at again.
void replace_all(std::string& text, std::string_view what, std::string_view by);

/// With a to z in place of A to Z; other bytes as they are.
std::string lower_case(std::string_view text);

/// Where the first byte stands that is no UTF-8 (RFC 3629: no overlong forms, no surrogates); npos when all
/// of it is.
size_t find_invalid_utf8(std::string_view text);
/// With U+FFFD in place of each byte that is no UTF-8.
std::string replace_invalid_utf8(std::string_view text);

/// Edit distance (insert, delete, replace, swap of neighbours; each costs 1).
int edit_distance(std::string_view a, std::string_view b);

/// The known name nearest to `name` by edit distance, or "" when none is near enough to suggest.
template <class Names>
std::string nearest_name(std::string_view name, const Names& known) {
  std::string best;
  int best_distance = static_cast<int>(name.size()) / 3 + 2;
  for (const auto& candidate : known) {
    const int distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace melomine
