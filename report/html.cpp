#include "report/html.h"

#include <fmt/format.h>

#include <cmath>

namespace melomine::report {
namespace {

constexpr const char* kDash = "–";

std::string_view entity_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r';
    if (const auto entity = entity_of(c); !entity.empty()) {
      escaped += entity;
    } else if (control || c == 0x7f) {
      escaped += "\uFFFD";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string model_name(int64_t round) {
  static constexpr const char* kSubscripts[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};
  std::string name = "M";
  for (const char digit : std::to_string(round)) name += kSubscripts[digit - '0'];
  return name;
}

std::string number_text(double value, int decimals) {
  if (!std::isfinite(value)) return kDash;
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find_first_not_of("-0.") == std::string::npos && text.starts_with('-')) text.erase(0, 1);
  return text;
}

std::string value_text(double value, Unit unit) {
  if (!std::isfinite(value)) return kDash;
  switch (unit) {
    case Unit::kPlain:
      return number_text(value, 3);
    case Unit::kDifference:
      return fmt::format("{:+.3f}", value);
    case Unit::kPercent:
      return number_text(100 * value, 1) + " %";
    case Unit::kMilliseconds:
      return number_text(1000 * value, value < 0.01 ? 1 : 0) + " ms";
  }
  return kDash;
}

std::string interval_text(const retrieval::Estimate& e, Unit unit) {
  if (!std::isfinite(e.low) || !std::isfinite(e.high)) return kDash;
  switch (unit) {
    case Unit::kDifference:
      return fmt::format("{:+.2f} to {:+.2f}", e.low, e.high);
    case Unit::kPercent:
      return fmt::format("{:.1f} to {:.1f}", 100 * e.low, 100 * e.high);
    case Unit::kMilliseconds:
      return fmt::format("{:.0f} to {:.0f}", 1000 * e.low, 1000 * e.high);
    case Unit::kPlain:
      break;
  }
  return fmt::format("{:.2f} to {:.2f}", e.low, e.high);
}

std::string estimate_cell(const retrieval::Estimate& e, Unit unit, const retrieval::Estimate* by_song) {
  if (!std::isfinite(e.mean)) return fmt::format("<td>{}</td>", kDash);
  std::string cell = fmt::format("<td>{}<small>{}</small>", value_text(e.mean, unit), interval_text(e, unit));
  if (by_song != nullptr) cell += fmt::format("<small>songs {}</small>", interval_text(*by_song, unit));
  return cell + "</td>";
}

std::string table_html(const Table& table) {
  std::string html = "<div class='scroll' tabindex='0'><table>";
  if (!table.caption.empty()) html += fmt::format("<caption>{}</caption>", escape_html(table.caption));
  html += fmt::format("<thead>{}</thead><tbody>", table.head);
  for (const std::string& row : table.rows) html += fmt::format("<tr>{}</tr>", row);
  return html + "</tbody></table></div>\n";
}

std::string folded(const std::string& summary, const std::string& html) {
  return fmt::format("<details><summary>{}</summary>{}</details>\n", escape_html(summary), html);
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t triple = 0;
    for (size_t k = 0; k < 3; ++k)
      triple = triple << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k)
      text += i + k <= bytes.size() ? kAlphabet[triple >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

}  // namespace melomine::report
