#include "core/csv.h"

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/text.h"

namespace melomine {
namespace {

struct ParsedRow {
  std::vector<std::string> values;
  int line;
};

std::vector<ParsedRow> parse_rows(std::string_view text, const std::string& name) {
  std::vector<ParsedRow> rows;
  int line = 1;
  size_t i = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (i < text.size()) {
    ParsedRow row{{}, line};
    std::string value;
    bool quoted = false, any = false;
    for (;; ++i) {
      if (i >= text.size()) break;
      const char c = text[i];
      if (c == '\n') ++line;
      if (quoted) {
        if (c != '"') {
          value += c;
        } else if (i + 1 < text.size() && text[i + 1] == '"') {
          value += '"';
          ++i;
        } else {
          quoted = false;
        }
      } else if (c == '"' && value.empty()) {
        quoted = any = true;
      } else if (c == ',') {
        row.values.push_back(std::move(value));
        value.clear();
        any = true;
      } else if (c == '\n') {
        ++i;
        break;
      } else if (c != '\r' || (i + 1 < text.size() && text[i + 1] != '\n')) {
        value += c;
        any = true;
      }
    }
    if (quoted) throw DataError(name, fmt::format("line {}", row.line), "a quote is opened and never closed");
    if (!any && value.empty()) continue;
    row.values.push_back(std::move(value));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

CsvTable CsvTable::read(const std::filesystem::path& path) {
  return parse(read_file(path), path.string());
}

CsvTable CsvTable::parse(std::string_view content, std::string name) {
  CsvTable table;
  table.name_ = std::move(name);
  auto rows = parse_rows(content, table.name_);
  if (rows.empty()) throw DataError(table.name_, "", "is empty; the first line must name the columns");
  table.columns_ = std::move(rows.front().values);
  for (size_t c = 0; c < table.columns_.size(); ++c) {
    if (!table.index_.emplace(table.columns_[c], c).second)
      throw DataError(table.name_, "line 1", fmt::format("column '{}' appears twice", table.columns_[c]));
  }
  for (size_t r = 1; r < rows.size(); ++r) {
    if (rows[r].values.size() != table.columns_.size())
      throw DataError(table.name_, fmt::format("line {}", rows[r].line),
                      fmt::format("has {} values, the header names {} columns", rows[r].values.size(),
                                  table.columns_.size()));
    table.lines_.push_back(rows[r].line);
    table.rows_.push_back(std::move(rows[r].values));
  }
  return table;
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
  const auto number = melomine::parse<double>(value);
  if (!number) fail(row, fmt::format("{} = '{}' is not a number", column, value));
  return *number;
}

int64_t CsvTable::integer(size_t row, std::string_view column) const {
  std::string_view value = text(row, column);
  if (value.ends_with(".0")) value.remove_suffix(2);
  const auto number = melomine::parse<int64_t>(value);
  if (!number) fail(row, fmt::format("{} = '{}' is not a whole number", column, text(row, column)));
  return *number;
}

bool CsvTable::boolean(size_t row, std::string_view column) const {
  const std::string& value = text(row, column);
  if (value == "True" || value == "true" || value == "1") return true;
  if (value == "False" || value == "false" || value == "0") return false;
  fail(row, fmt::format("{} = '{}' is neither True nor False", column, value));
}

void CsvTable::fail(size_t row, const std::string& message) const {
  throw DataError(name_, fmt::format("line {}", lines_[row]), message);
}

std::string csv_line(const std::vector<std::string>& values) {
  std::string line;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) line += ',';
    if (values[i].find_first_of(",\"\r\n") == std::string::npos) {
      line += values[i];
      continue;
    }
    line += '"';
    for (const char c : values[i]) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + "\n";
}

}  // namespace melomine
