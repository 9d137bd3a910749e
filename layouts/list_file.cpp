#include "layouts/list_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/text.h"

namespace melomine::layouts {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kReadBytes = 1 << 20;

void refuse_utf16(std::string_view begin, const fs::path& file) {
  if (begin.starts_with("\xFF\xFE") || begin.starts_with("\xFE\xFF"))
    throw DataError(file.string(), "", "is UTF-16; save it as UTF-8");
}

/// Values of one CSV record at a time, out of the whole text.
class CsvScanner {
 public:
  CsvScanner(std::string_view text, char separator) : text_(text), separator_(separator) {}

  bool at_end() const { return at_ >= text_.size(); }
  /// The next record; nothing where a quote is never closed, and then the rest of its line is passed over.
  std::optional<std::vector<std::string>> next() {
    const size_t begin = at_;
    const int line = line_;
    std::vector<std::string> values;
    for (;;) {
      std::optional<std::string> value = next_value();
      if (!value) {
        at_ = begin;
        line_ = line;
        while (!at_end() && !is_line_end()) ++at_;
        pass_line_end();
        return std::nullopt;
      }
      values.push_back(std::move(*value));
      if (at_end() || is_line_end()) break;
      ++at_;  // the separator
    }
    pass_line_end();
    return values;
  }
  int line() const { return line_; }

 private:
  bool is_line_end() const { return text_[at_] == '\n' || text_[at_] == '\r'; }
  void pass_line_end() {
    if (at_end()) return;
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
  }
  bool is_blank() const { return text_[at_] == ' ' || (text_[at_] == '\t' && separator_ != '\t'); }

  std::optional<std::string> next_value() {
    while (!at_end() && is_blank()) ++at_;
    std::string value;
    if (!at_end() && text_[at_] == '"') {
      ++at_;
      for (;; ++at_) {
        if (at_end()) return std::nullopt;
        if (text_[at_] == '"') {
          if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
          ++at_;
        } else if (text_[at_] == '\n' || (text_[at_] == '\r' && text_.substr(at_ + 1, 1) != "\n")) {
          ++line_;
        }
        value += text_[at_];
      }
      ++at_;
    }
    while (!at_end() && text_[at_] != separator_ && !is_line_end()) value += text_[at_++];
    return std::string(trimmed(value));
  }

  std::string_view text_;
  char separator_;
  size_t at_ = 0;
  int line_ = 1;
};

char separator_of(std::string_view text) {
  const std::string_view first = text.substr(0, text.find_first_of("\r\n"));
  char separator = ',';
  for (const char other : {';', '\t'})
    if (std::count(first.begin(), first.end(), other) > std::count(first.begin(), first.end(), separator))
      separator = other;
  return separator;
}

/// Letters and digits alone, small.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : lower_case(name))
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) plain += c;
  return plain;
}

}  // namespace

void for_each_line(const fs::path& file, const std::function<void(int, std::string_view)>& use) {
  std::ifstream in(file, std::ios::binary);
  if (!in || fs::is_directory(file)) throw DataError(file.string(), "", "cannot be read");
  std::string block(kReadBytes, '\0'), line;
  int number = 1;
  bool first = true, after_return = false;
  const auto end_line = [&] {
    if (!trimmed(line).empty()) use(number, line);
    line.clear();
    ++number;
  };
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0) {
    std::string_view rest(block.data(), static_cast<size_t>(in.gcount()));
    if (std::exchange(first, false)) {
      refuse_utf16(rest, file);
      if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
    }
    if (after_return && rest.starts_with('\n')) rest.remove_prefix(1);  // of a CRLF between two blocks
    after_return = false;
    while (!rest.empty()) {
      const size_t end = rest.find_first_of("\r\n");
      line += rest.substr(0, end);
      if (end == std::string_view::npos) break;
      const bool is_return = rest[end] == '\r';
      rest.remove_prefix(end + 1);
      if (is_return && rest.starts_with('\n'))
        rest.remove_prefix(1);
      else
        after_return = is_return && rest.empty();
      end_line();
    }
  }
  if (in.bad()) throw DataError(file.string(), "", "cannot be read to its end");
  end_line();
}

std::string line_of(const fs::path& file, int line) {
  return fmt::format("{}: line {}", file.string(), line);
}

std::vector<std::string> split(std::string_view line, char separator) {
  std::vector<std::string> values;
  for (;;) {
    const size_t end = line.find(separator);
    values.emplace_back(trimmed(line.substr(0, end)));
    if (end == std::string_view::npos) return values;
    line.remove_prefix(end + 1);
  }
}

std::vector<ListRow> read_tab_rows(const fs::path& file) {
  std::vector<ListRow> rows;
  for_each_line(file, [&](int line, std::string_view text) { rows.push_back({line, split(text, '\t')}); });
  return rows;
}

std::vector<ListRow> read_csv_rows(const fs::path& file, Checklist& checklist) {
  const std::string bytes = read_file(file);
  refuse_utf16(bytes, file);
  std::string text = replace_invalid_utf8(bytes);
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  CsvScanner scanner(text, separator_of(text));
  std::vector<ListRow> rows;
  while (!scanner.at_end()) {
    const int line = scanner.line();
    std::optional<std::vector<std::string>> values = scanner.next();
    if (!values)
      checklist.add_unread(line_of(file, line) + ": a quote is opened and never closed");
    else if (!std::all_of(values->begin(), values->end(), [](const auto& value) { return value.empty(); }))
      rows.push_back({line, std::move(*values)});
  }
  return rows;
}

HeadedList::HeadedList(fs::path file, Checklist& checklist) : file_(std::move(file)) {
  std::vector<ListRow> rows = read_csv_rows(file_, checklist);
  if (rows.empty()) throw DataError(file_.string(), "", "is empty; the first line must name the columns");
  columns_ = std::move(rows.front().values);
  while (!columns_.empty() && columns_.back().empty()) columns_.pop_back();
  for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
    if (row->values.size() < columns_.size())
      checklist.add_unread(fmt::format("{}: has {} values, the header names {} columns", place(*row),
                                       row->values.size(), columns_.size()));
    else
      rows_.push_back(std::move(*row));
  }
}

std::optional<size_t> HeadedList::column(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names)
    for (size_t c = 0; c < columns_.size(); ++c)
      if (plain_name(columns_[c]) == plain_name(name)) return c;
  return std::nullopt;
}

size_t HeadedList::require(std::initializer_list<std::string_view> names) const {
  const std::optional<size_t> found = column(names);
  if (!found)
    throw DataError(
        file_.string(), "line 1",
        fmt::format("lacks the column '{}'; it has: {}", *names.begin(), fmt::join(columns_, ", ")));
  return *found;
}

}  // namespace melomine::layouts
