#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/bootstrap.h"

namespace melomine::report {

/// &, <, > and quotes as entities; control characters, which no page may hold, as U+FFFD.
std::string escape_html(std::string_view text);

/// "M₁" of round 1.
std::string model_name(int64_t round);

/// A dash for what is not a number.
std::string number_text(double value, int decimals);

/// What an estimate is written as: 0.812, 81.2 % or, of seconds, 43 ms; signed where it is a difference.
enum class Unit { kPlain, kDifference, kPercent, kMilliseconds };
std::string value_text(double value, Unit unit);
/// "0.75 to 0.87"; a dash where there is none
std::string interval_text(const retrieval::Estimate& estimate, Unit unit);
/// <td> with the value and below it its interval, and that over the songs where it is asked for; a dash for
/// NaN.
std::string estimate_cell(const retrieval::Estimate& estimate, Unit unit,
                          const retrieval::Estimate* by_song = nullptr);

/// A table in a box that scrolls sideways; the first cell of each row names the row.
struct Table {
  std::string caption;            ///< text, escaped here; "" leaves it to the heading above
  std::string head;               ///< HTML of the rows of `<thead>`
  std::vector<std::string> rows;  ///< HTML of the cells of each row
};
std::string table_html(const Table& table);

/// `<details>` with a summary; `html` as it is.
std::string folded(const std::string& summary, const std::string& html);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

}  // namespace melomine::report
