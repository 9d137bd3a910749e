#include "service/verdict_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"
#include "service/http_error.h"

namespace melomine::service {

VerdictTable::VerdictTable(std::filesystem::path folder, int64_t most_hums)
    : folder_(std::move(folder)), most_hums_(most_hums) {
  make_folder(folder_ / kHumsFolder);
  lock_.emplace(folder_);
  read();
}

void VerdictTable::read() {
  const auto path = folder_ / kVerdictsFile;
  if (!std::filesystem::exists(path)) return;
  const CsvTable table = CsvTable::read(path);
  if (table.columns() != std::vector<std::string>{"query", "reference_id", "group"})
    throw DataError(path.string(), "", "is no table of verdicts; keep them in a folder of their own");
  for (size_t row = 0; row < table.size(); ++row)
    verdicts_.push_back({.query = table.text(row, "query"),
                         .reference_id = table.text(row, "reference_id"),
                         .group = table.text(row, "group")});
}

void VerdictTable::write() const {
  std::string text = csv_line({"query", "reference_id", "group"});
  for (const Verdict& verdict : verdicts_)
    text += csv_line({verdict.query, verdict.reference_id, verdict.group});
  write_file_atomically(folder_ / kVerdictsFile, text);
}

void VerdictTable::judge(const std::string& name, std::string_view ending, std::string_view bytes,
                         const std::optional<std::string>& song_id) {
  const Verdict verdict{.query = fmt::format("{}/{}{}", kHumsFolder, name, ending),
                        .reference_id = song_id.value_or(""),
                        .group = song_id ? "" : "none-of-them-" + name};
  const std::lock_guard lock(mutex_);
  const auto before = verdicts_;
  const auto known = std::find_if(verdicts_.begin(), verdicts_.end(),
                                  [&](const Verdict& other) { return other.query == verdict.query; });
  if (known != verdicts_.end()) {
    *known = verdict;
  } else {
    if (static_cast<int64_t>(verdicts_.size()) >= most_hums_)
      throw HttpError(507,
                      fmt::format("{} hums are kept, which is the most; --most-kept sets it", most_hums_));
    write_file_atomically(folder_ / verdict.query, bytes);
    verdicts_.push_back(verdict);
  }
  try {
    write();
  } catch (const Error&) {
    verdicts_ = before;  // what was not written was not judged
    throw;
  }
}

int64_t VerdictTable::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(verdicts_.size());
}

}  // namespace melomine::service
