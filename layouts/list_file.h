#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layouts/checklist.h"

namespace melomine::layouts {

/// Reads a text line by line, as little of it at a time as that takes, whatever its size: line ends of Unix,
/// Windows and of CR alone, with or without a byte-order mark. Lines of nothing but blanks are passed over.
/// Bytes are left as they are: titles may be of any encoding that has ASCII's tabs and line ends.
/// @param use  gets the 1-based number of the line and its text
/// @throws DataError where it cannot be read or is UTF-16
void for_each_line(const std::filesystem::path& file, const std::function<void(int, std::string_view)>& use);

/// "query.list: line 3" with the file's whole path.
std::string line_of(const std::filesystem::path& file, int line);

/// Parts between separators, without the blanks at their ends.
std::vector<std::string> split(std::string_view line, char separator);

struct ListRow {
  int line = 0;  ///< of the file, 1-based
  std::vector<std::string> values;
};

/// Rows of values between tabs; quotes mean nothing, as titles have them.
std::vector<ListRow> read_tab_rows(const std::filesystem::path& file);

/// Rows of values between commas, or semicolons or tabs where the first line has more of them. Quotes as of
/// RFC 4180 with blanks allowed around them. What is no UTF-8 becomes U+FFFD.
/// @param checklist  is told of rows that cannot be read
std::vector<ListRow> read_csv_rows(const std::filesystem::path& file, Checklist& checklist);

/// A CSV whose first line names the columns.
class HeadedList {
 public:
  /// Rows shorter than the header are left out and told to the checklist. @throws DataError for an empty file
  HeadedList(std::filesystem::path file, Checklist& checklist);

  const std::vector<ListRow>& rows() const { return rows_; }
  /// The first column that bears one of these names, whatever the case of letters and the marks between words
  /// ("Class label" is class_label).
  std::optional<size_t> column(std::initializer_list<std::string_view> names) const;
  /// The same. @throws DataError naming the first of the names and what columns there are
  size_t require(std::initializer_list<std::string_view> names) const;
  const std::vector<std::string>& columns() const { return columns_; }
  std::string place(const ListRow& row) const { return line_of(file_, row.line); }

 private:
  std::filesystem::path file_;
  std::vector<std::string> columns_;
  std::vector<ListRow> rows_;
};

}  // namespace melomine::layouts
