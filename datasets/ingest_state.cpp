#include "datasets/ingest_state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"

namespace melomine::datasets {
namespace {

const std::vector<std::string> kColumns = {"row",    "bytes",          "modified_ns", "source_sha256",
                                           "length", "samples_sha256", "reason"};

std::vector<std::string> values_of(const SourceRecord& r) {
  return {std::to_string(r.row),
          std::to_string(r.bytes),
          std::to_string(r.modified_ns),
          r.source_sha256,
          std::to_string(r.length_samples),
          r.samples_sha256,
          r.reason};
}

std::vector<SourceRecord> records_of(const CsvTable& table) {
  table.require(kColumns);
  std::vector<SourceRecord> records;
  for (size_t row = 0; row < table.size(); ++row) {
    SourceRecord r;
    r.row = table.integer(row, "row");
    r.bytes = table.integer(row, "bytes");
    r.modified_ns = table.integer(row, "modified_ns");
    r.source_sha256 = table.text(row, "source_sha256");
    r.length_samples = table.integer(row, "length");
    r.samples_sha256 = table.text(row, "samples_sha256");
    r.reason = table.text(row, "reason");
    records.push_back(std::move(r));
  }
  return records;
}

[[noreturn]] void fail(const std::filesystem::path& path, const char* action) {
  throw DataError(path.string(), "", fmt::format("{}: {}", action, std::strerror(errno)));
}

}  // namespace

FileStamp stamp_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  constexpr int64_t kNanoseconds = 1'000'000'000;
  return {status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

void write_sources(const std::filesystem::path& path, const std::vector<Recording>& recordings,
                   const std::vector<SourceRecord>& records) {
  std::vector<std::string> columns = kColumns;
  columns.insert(columns.end(), {"recording_id", "path"});
  std::string text = csv_line(columns);
  for (const SourceRecord& record : records) {
    std::vector<std::string> values = values_of(record);
    const Recording& recording = recordings.at(static_cast<size_t>(record.row));
    values.insert(values.end(), {recording.recording_id, recording.path});
    text += csv_line(values);
  }
  write_file_atomically(path, text);
}

std::vector<SourceRecord> read_sources(const std::filesystem::path& path) {
  return records_of(CsvTable::read(path));
}

IngestJournal::IngestJournal(const std::filesystem::path& path) : path_(path) {
  std::string text = std::filesystem::exists(path) ? read_file(path) : std::string();
  const size_t whole = text.rfind('\n') + 1;  // npos + 1 = 0
  text.resize(whole);
  if (!text.empty()) {
    for (SourceRecord& record : records_of(CsvTable::parse(text, path.string()))) {
      const int64_t row = record.row;
      earlier_.insert_or_assign(row, std::move(record));
    }
  }
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd_ < 0) fail(path, "cannot open");
  if (::ftruncate(fd_, static_cast<off_t>(whole)) != 0) fail(path, "cannot cut the torn last line");
  if (whole > 0) return;
  const std::string head = csv_line(kColumns);
  if (::write(fd_, head.data(), head.size()) != static_cast<ssize_t>(head.size())) fail(path, "cannot write");
}

IngestJournal::~IngestJournal() {
  if (fd_ >= 0) ::close(fd_);
}

void IngestJournal::append(const SourceRecord& record) {
  SourceRecord line = record;
  std::replace(line.reason.begin(), line.reason.end(), '\n', ' ');
  const std::string text = csv_line(values_of(line));
  const std::lock_guard guard(mutex_);
  if (::write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    fail(path_, "cannot write");
}

void IngestJournal::sync() {
  const std::lock_guard guard(mutex_);
  if (::fsync(fd_) != 0) fail(path_, "cannot sync");
}

FolderLock::FolderLock(const std::filesystem::path& folder) {
  fd_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ < 0) fail(folder, "cannot be opened");
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  // File systems without locks are worked on without.
  if (errno != EWOULDBLOCK) return;
  ::close(fd_);
  throw DataError(folder.string(), "", "another process is working in this folder");
}

FolderLock::~FolderLock() {
  ::close(fd_);
}

}  // namespace melomine::datasets
