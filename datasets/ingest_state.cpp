#include "datasets/ingest_state.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/sha256.h"
#include "core/text.h"

namespace melomine::datasets {
namespace {

const std::vector<std::string> kColumns = {"row",    "bytes",          "modified_ns", "source_sha256",
                                           "length", "samples_sha256", "reason"};
/// Folders of earlier versions lack them.
const std::vector<std::string> kRepairColumns = {"gaps",     "gap_s",          "first_gap_s",
                                                 "restarts", "skipped_places", "only_channel"};
/// Those of versions that counted only the above lack these.
const std::vector<std::string> kCompletenessColumns = {"lacks_last_page", "undeclared_s", "short_gap_s"};

std::vector<std::string> all_columns() {
  std::vector<std::string> all = kColumns;
  all.insert(all.end(), kRepairColumns.begin(), kRepairColumns.end());
  all.insert(all.end(), kCompletenessColumns.begin(), kCompletenessColumns.end());
  return all;
}

std::vector<std::string> values_of(const SourceRecord& r) {
  return {std::to_string(r.row),
          std::to_string(r.bytes),
          std::to_string(r.modified_ns),
          r.source_sha256,
          std::to_string(r.length_samples),
          r.samples_sha256,
          r.reason,
          std::to_string(r.repairs.gaps),
          format_number(r.repairs.gap_s),
          format_number(r.repairs.first_gap_s),
          std::to_string(r.repairs.restarts),
          std::to_string(r.repairs.skipped_places),
          std::to_string(r.repairs.only_channel),
          r.repairs.lacks_last_page ? "1" : "0",
          format_number(r.repairs.undeclared_s),
          format_number(r.repairs.short_gap_s)};
}

dsp::DecodeRepairs repairs_of(const CsvTable& table, size_t row) {
  dsp::DecodeRepairs repairs;
  repairs.gaps = table.integer(row, "gaps");
  repairs.gap_s = table.number(row, "gap_s");
  repairs.first_gap_s = table.number(row, "first_gap_s");
  repairs.restarts = table.integer(row, "restarts");
  repairs.skipped_places = table.integer(row, "skipped_places");
  repairs.only_channel = static_cast<int>(table.integer(row, "only_channel"));
  if (!table.has(kCompletenessColumns.front())) return repairs;
  repairs.lacks_last_page = table.integer(row, "lacks_last_page") != 0;
  repairs.undeclared_s = table.number(row, "undeclared_s");
  repairs.short_gap_s = table.number(row, "short_gap_s");
  return repairs;
}

using RecordVisitor = std::function<void(SourceRecord record)>;

void visit_records(const CsvTable& table, const RecordVisitor& visit) {
  table.require(kColumns);
  const bool has_repairs = table.has(kRepairColumns.front());
  if (has_repairs) table.require(kRepairColumns);
  if (table.has(kCompletenessColumns.front())) table.require(kCompletenessColumns);
  for (size_t row = 0; row < table.size(); ++row) {
    SourceRecord r;
    r.row = table.integer(row, "row");
    r.bytes = table.integer(row, "bytes");
    r.modified_ns = table.integer(row, "modified_ns");
    r.source_sha256 = table.text(row, "source_sha256");
    r.length_samples = table.integer(row, "length");
    r.samples_sha256 = table.text(row, "samples_sha256");
    r.reason = table.text(row, "reason");
    if (has_repairs) r.repairs = repairs_of(table, row);
    visit(std::move(r));
  }
}

std::string journal_text(const std::map<int64_t, SourceRecord>& records) {
  std::string text = csv_line(all_columns());
  for (const auto& [row, record] : records) text += csv_line(values_of(record));
  return text;
}

}  // namespace

FileStamp stamp_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  constexpr int64_t kNanoseconds = 1'000'000'000;
  return {status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

std::string sha256_of_source(const std::filesystem::path& path) {
  if (!is_file(path)) return {};
  try {
    return sha256_of_file(path);
  } catch (const DataError& e) {
    throw Error(
        fmt::format("{}; mend that, or take it out of the table, then run the same command again", e.what()));
  }
}

void write_sources(const std::filesystem::path& path, const std::vector<Recording>& recordings,
                   const std::vector<SourceRecord>& records) {
  std::vector<std::string> columns = all_columns();
  columns.insert(columns.end(), {"recording_id", "path"});
  AtomicFile whole(path);
  std::ofstream out(whole.temporary(), std::ios::binary);
  out << csv_line(columns);
  for (const SourceRecord& record : records) {
    std::vector<std::string> values = values_of(record);
    const Recording& recording = recordings.at(static_cast<size_t>(record.row));
    values.insert(values.end(), {recording.recording_id, recording.path});
    out << csv_line(values);
  }
  out.close();
  if (!out) throw DataError(path.string(), "", fmt::format("cannot write: {}", std::strerror(errno)));
  whole.commit();
}

std::vector<SourceRecord> read_sources(const std::filesystem::path& path) {
  std::vector<SourceRecord> records;
  visit_sources(path, [&](SourceRecord record) { records.push_back(std::move(record)); });
  return records;
}

void visit_sources(const std::filesystem::path& path, const RecordVisitor& visit) {
  CsvTable::read_in_pieces(path, [&](const CsvTable& piece) { visit_records(piece, visit); });
}

IngestJournal::IngestJournal(const std::filesystem::path& path) {
  std::string text = std::filesystem::exists(path) ? read_file(path) : std::string();
  text.resize(text.rfind('\n') + 1);  // npos + 1 = 0
  if (!text.empty()) {
    const auto keep = [&](SourceRecord record) {
      const int64_t row = record.row;
      earlier_.insert_or_assign(row, std::move(record));
    };
    CsvTable::parse_in_pieces(text, path.string(),
                              [&](const CsvTable& piece) { visit_records(piece, keep); });
  }
  // Begun anew as well by a version that knows other columns.
  const bool goes_on = text.starts_with(csv_line(all_columns()));
  if (!goes_on) write_file_atomically(path, journal_text(earlier_));
  lines_.emplace(path, LineLog::Torn::kCut);
}

std::optional<SourceRecord> IngestJournal::take_earlier(int64_t row) {
  const std::lock_guard guard(mutex_);
  auto found = earlier_.extract(row);
  if (found.empty()) return std::nullopt;
  return std::move(found.mapped());
}

void IngestJournal::append(const SourceRecord& record) {
  SourceRecord line = record;
  std::replace(line.reason.begin(), line.reason.end(), '\n', ' ');
  lines_->append(csv_line(values_of(line)));
}

void IngestJournal::sync() {
  lines_->sync();
}

}  // namespace melomine::datasets
