#include "core/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/text.h"

namespace melomine {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct ParsedRow {
  std::vector<std::string> values;
  int line;
};

std::string line_text(int line) {
  return fmt::format("line {}", line);
}

bool is_blank(const std::string& value) {
  return trimmed(value).empty();
}

/// @throws DataError that tells what else than UTF-8 the text is
void require_utf8(std::string_view text, const std::string& name) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    throw DataError(name, "", "is UTF-16 (Excel's \"Unicode text\"); save it as CSV UTF-8");
  const size_t at = std::min(find_invalid_utf8(text), text.find('\0'));
  if (at == std::string_view::npos) return;
  const std::string_view before = text.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t position = at - (before.rfind('\n') + 1) + 1;  // npos + 1 = 0
  const auto byte = static_cast<unsigned char>(text[at]);
  throw DataError(name, fmt::format("line {}, byte {}", line, position),
                  fmt::format("0x{:02X} is not UTF-8 text{}; save the table as CSV UTF-8", byte,
                              byte == 0 ? " (is it UTF-16?)" : ""));
}

/// The index of the last of the CRs at text[i], which may stand before LF or at the end alone.
size_t skip_returns(std::string_view text, size_t i, int line, const std::string& name) {
  while (i + 1 < text.size() && text[i + 1] == '\r') ++i;
  if (i + 1 < text.size() && text[i + 1] != '\n')
    throw DataError(name, line_text(line),
                    "lines end in CR only; save the table with line ends of Windows (CRLF) or Unix (LF)");
  return i;
}

/// Keeps the values of the columns that have a name. Empty values behind the last column do not count.
void keep_named(ParsedRow& row, const std::vector<std::string>& header, const std::string& name) {
  while (row.values.size() > header.size() && is_blank(row.values.back())) row.values.pop_back();
  size_t named = 0, kept = 0;
  for (size_t c = 0; c < header.size(); ++c) {
    if (is_blank(header[c])) continue;
    ++named;
    if (c >= row.values.size()) continue;
    if (kept != c) row.values[kept] = std::move(row.values[c]);
    ++kept;
  }
  if (row.values.size() > header.size() || kept < named)
    throw DataError(name, line_text(row.line),
                    fmt::format("has {} values, the header names {} columns", row.values.size(), named));
  row.values.resize(named);
}

}  // namespace

/// The rows of a text, one after the other.
class CsvTable::Rows {
 public:
  /// @throws DataError for what is no UTF-8
  Rows(std::string_view text, const std::string& name) : text_(text), name_(name) {
    require_utf8(text, name);
    if (text.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  /// The next one that is not blank; nothing at the end.
  std::optional<ParsedRow> next() {
    while (at_ < text_.size()) {
      ParsedRow row = parse();
      if (!std::all_of(row.values.begin(), row.values.end(), is_blank)) return row;
    }
    return std::nullopt;
  }

  std::vector<std::string> header;

 private:
  ParsedRow parse() {
    ParsedRow row{{}, line_};
    std::string value;
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (quoted) {
        if (c != '"') {
          value += c;
        } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          value += '"';
          ++at_;
        } else {
          quoted = false;
        }
      } else if (c == '"' && value.empty()) {
        quoted = true;
      } else if (c == ',') {
        row.values.push_back(std::move(value));
        value.clear();
      } else if (c == '\n') {
        ++at_;
        break;
      } else if (c == '\r') {
        at_ = skip_returns(text_, at_, row.line, name_);
      } else {
        value += c;
      }
    }
    if (quoted) throw DataError(name_, line_text(row.line), "a quote is opened and never closed");
    row.values.push_back(std::move(value));
    return row;
  }

  std::string_view text_;
  const std::string& name_;
  size_t at_ = 0;
  int line_ = 1;
};

namespace {

constexpr size_t kAllRows = std::numeric_limits<size_t>::max();

}  // namespace

CsvTable CsvTable::read(const std::filesystem::path& path) {
  return parse(read_file(path), path.string());
}

CsvTable CsvTable::parse(std::string_view content, std::string name) {
  CsvTable table;
  table.name_ = std::move(name);
  Rows rows(content, table.name_);
  table.take_header(rows);
  table.take(rows, kAllRows);
  return table;
}

void CsvTable::read_in_pieces(const std::filesystem::path& path, const PieceVisitor& visit) {
  parse_in_pieces(read_file(path), path.string(), visit);
}

void CsvTable::parse_in_pieces(std::string_view content, std::string name, const PieceVisitor& visit) {
  CsvTable piece;
  piece.name_ = std::move(name);
  Rows rows(content, piece.name_);
  piece.take_header(rows);
  bool more = true, is_first = true;
  while (more) {
    more = piece.take(rows, kPieceRows);
    if (is_first || piece.size() > 0) visit(piece);
    is_first = false;
  }
}

void CsvTable::take_header(Rows& rows) {
  const auto first = rows.next();
  if (!first) throw DataError(name_, "", "is empty; the first line must name the columns");
  rows.header = first->values;
  for (const std::string& column : rows.header) {
    if (is_blank(column)) continue;
    columns_.emplace_back(trimmed(column));
    if (!index_.emplace(columns_.back(), index_.size()).second)
      throw DataError(name_, line_text(first->line),
                      fmt::format("column '{}' appears twice", columns_.back()));
  }
}

bool CsvTable::take(Rows& rows, size_t most) {
  rows_.clear();
  lines_.clear();
  while (rows_.size() < most) {
    auto row = rows.next();
    if (!row) return false;
    keep_named(*row, rows.header, name_);
    lines_.push_back(row->line);
    rows_.push_back(std::move(row->values));
  }
  return true;
}

bool CsvTable::has(std::string_view column) const {
  return index_.find(column) != index_.end();
}

void CsvTable::require(const std::vector<std::string>& columns) const {
  for (const auto& column : columns) {
    if (!has(column))
      throw DataError(name_, "line 1",
                      fmt::format("lacks the column '{}'; it has: {}", column, fmt::join(columns_, ", ")));
  }
}

const std::string& CsvTable::text(size_t row, std::string_view column) const {
  const auto found = index_.find(column);
  if (found == index_.end()) require({std::string(column)});
  return rows_[row][found->second];
}

std::string CsvTable::text_or_empty(size_t row, std::string_view column) const {
  return has(column) ? text(row, column) : std::string();
}

double CsvTable::number(size_t row, std::string_view column) const {
  const std::string& value = text(row, column);
  const auto number = melomine::parse<double>(trimmed(value));
  if (!number) fail(row, fmt::format("{} = '{}' is not a number", column, value));
  return *number;
}

int64_t CsvTable::integer(size_t row, std::string_view column) const {
  std::string_view value = trimmed(text(row, column));
  if (value.ends_with(".0")) value.remove_suffix(2);
  const auto number = melomine::parse<int64_t>(value);
  if (!number) fail(row, fmt::format("{} = '{}' is not a whole number", column, text(row, column)));
  return *number;
}

bool CsvTable::boolean(size_t row, std::string_view column) const {
  const std::string word = lower_case(trimmed(text(row, column)));
  if (word == "true" || word == "1" || word == "1.0") return true;
  if (word == "false" || word == "0" || word == "0.0") return false;
  fail(row, fmt::format("{} = '{}' is neither True nor False", column, text(row, column)));
}

void CsvTable::fail(size_t row, const std::string& message) const {
  throw DataError(name_, line_text(lines_[row]), message);
}

std::string csv_line(const std::vector<std::string>& values) {
  std::string line;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) line += ',';
    const std::string value = replace_invalid_utf8(values[i]);
    if (value.find_first_of(",\"\r\n") == std::string::npos) {
      line += value;
      continue;
    }
    line += '"';
    for (const char c : value) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + "\n";
}

}  // namespace melomine
