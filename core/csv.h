#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace melomine {

/// A CSV table with named columns (RFC 4180: quotes, doubled quotes, line breaks inside quotes; CRLF or LF;
/// an optional byte-order mark; UTF-8). Spreadsheets leave traces without content, which are passed over:
/// columns without a name, rows of nothing but blanks, blanks around names and numbers, empty values behind
/// the last column. Values are addressed by row and column name; errors name file and line.
class CsvTable {
 public:
  using PieceVisitor = std::function<void(const CsvTable& piece)>;

  /// @throws DataError for an unreadable file, a missing header, a row of the wrong width, an open quote,
  /// lines that end in CR alone, or bytes that are not UTF-8
  static CsvTable read(const std::filesystem::path& path);
  static CsvTable parse(std::string_view content, std::string name);
  /// A long table piece by piece, so that beside its text no more than a piece is in memory: `visit`
  /// is given tables of up to kPieceRows rows, in order, at least one (of a file with a header alone it is
  /// empty). What is wrong in a row is told when its piece has its turn. @throws as read
  static void read_in_pieces(const std::filesystem::path& path, const PieceVisitor& visit);
  static void parse_in_pieces(std::string_view content, std::string name, const PieceVisitor& visit);
  static constexpr size_t kPieceRows = 4096;

  size_t size() const { return rows_.size(); }
  const std::vector<std::string>& columns() const { return columns_; }
  bool has(std::string_view column) const;
  /// @throws DataError naming the file, what is missing and what there is, for each column the table lacks
  void require(const std::vector<std::string>& columns) const;

  /// @throws DataError when the table has no such column
  const std::string& text(size_t row, std::string_view column) const;
  /// "" when the table has no such column.
  std::string text_or_empty(size_t row, std::string_view column) const;
  /// @throws DataError when the value is not a finite number
  double number(size_t row, std::string_view column) const;
  /// Also "12.0", as pandas writes a column of whole numbers with gaps. @throws DataError otherwise
  int64_t integer(size_t row, std::string_view column) const;
  /// True, 1, 1.0 / False, 0, 0.0, whatever the case of the letters. @throws DataError otherwise
  bool boolean(size_t row, std::string_view column) const;

  /// 1-based line of the file on which the row begins.
  int line(size_t row) const { return lines_[row]; }
  /// @throws DataError that names file and line, always
  [[noreturn]] void fail(size_t row, const std::string& message) const;
  const std::string& name() const { return name_; }

 private:
  class Rows;
  void take_header(Rows& rows);
  /// The next rows in place of those there are. @returns whether there may be more
  bool take(Rows& rows, size_t most);

  std::string name_;
  std::vector<std::string> columns_;
  std::map<std::string, size_t, std::less<>> index_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<int> lines_;
};

/// One line with its line break; values are quoted where they need to be, and bytes that are no UTF-8 become
/// U+FFFD: what is written can be read.
std::string csv_line(const std::vector<std::string>& values);

}  // namespace melomine
