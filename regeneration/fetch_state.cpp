#include "regeneration/fetch_state.h"

#include <array>
#include <utility>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/text.h"

namespace melomine::regeneration {
namespace {

constexpr std::array kNames = {std::pair{FetchProgress::kNew, "new"}, std::pair{FetchProgress::kDone, "done"},
                               std::pair{FetchProgress::kTemporary, "temporary"},
                               std::pair{FetchProgress::kPermanent, "permanent"}};

std::string name_of(FetchProgress state) {
  for (const auto& [value, name] : kNames)
    if (value == state) return name;
  return {};
}

FetchProgress parse_state(const CsvTable& table, size_t row) {
  const std::string& text = table.text(row, "state");
  for (const auto& [value, name] : kNames)
    if (text == name) return value;
  table.fail(row, "state must be new, done, temporary or permanent, got '" + text + "'");
}

}  // namespace

FetchState::FetchState(std::filesystem::path path) : path_(std::move(path)) {
  if (!std::filesystem::exists(path_)) return;
  const CsvTable table = CsvTable::read(path_);
  table.require({"id", "state", "reason", "message", "attempts", "last_try", "sha256", "duration_s"});
  for (size_t row = 0; row < table.size(); ++row)
    records_[table.text(row, "id")] = {.state = parse_state(table, row),
                                       .reason = table.text(row, "reason"),
                                       .message = table.text(row, "message"),
                                       .attempts = table.integer(row, "attempts"),
                                       .last_try = table.text(row, "last_try"),
                                       .sha256 = table.text(row, "sha256"),
                                       .duration_s = table.number(row, "duration_s")};
}

void FetchState::write() const {
  std::string text =
      csv_line({"id", "state", "reason", "message", "attempts", "last_try", "sha256", "duration_s"});
  for (const auto& [id, r] : records_)
    text += csv_line({id, name_of(r.state), r.reason, r.message, std::to_string(r.attempts), r.last_try,
                      r.sha256, format_number(r.duration_s)});
  write_file_atomically(path_, text);
}

void FetchState::forget_temporary() {
  for (auto& [id, record] : records_)
    if (record.state == FetchProgress::kTemporary) record.attempts = 0;
}

}  // namespace melomine::regeneration
