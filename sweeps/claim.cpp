#include "sweeps/claim.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/json_text.h"
#include "core/text.h"
#include "core/utc_time.h"

namespace melomine::sweeps {
namespace {

namespace fs = std::filesystem;

/// Of a claim whose file is not whole: on a file system without links it is made before it is written.
constexpr double kUnknownLease_s = 60;

fs::path claim_file(const fs::path& folder, int number) {
  return folder / fmt::format("{:04}", number);
}

/// 0 where there is none.
int last_number(const fs::path& folder) {
  int last = 0;
  std::error_code absent;
  if (!fs::is_directory(folder, absent)) return 0;
  for (const fs::path& file : list_folder(folder))
    if (const auto number = parse<int>(file.filename().string())) last = std::max(last, *number);
  return last;
}

nlohmann::ordered_json json_of(const ClaimRecord& record) {
  return {{"worker", record.worker},    {"machine", record.process.machine},
          {"pid", record.process.pid},  {"started", record.process.started},
          {"lease_s", record.lease_s},  {"since", record.since},
          {"released", record.released}};
}

ClaimRecord read_claim(const fs::path& file, int number) {
  ClaimRecord record;
  record.lease_s = kUnknownLease_s;
  record.renewed_s = changed_at_s(file);
  try {
    const auto json = parse_record(read_file(file));
    json.at("worker").get_to(record.worker);
    json.at("machine").get_to(record.process.machine);
    json.at("pid").get_to(record.process.pid);
    json.at("started").get_to(record.process.started);
    json.at("lease_s").get_to(record.lease_s);
    json.at("since").get_to(record.since);
    json.at("released").get_to(record.released);
  } catch (const nlohmann::json::exception&) {  // not written yet, or never: its time decides
    record = {.lease_s = kUnknownLease_s, .renewed_s = record.renewed_s};
  }
  record.number = number;
  return record;
}

void write_plainly(const fs::path& path, int flags, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
  const bool written = fd >= 0 &&
                       ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  const int reason = errno;
  if (fd >= 0) ::close(fd);
  if (!written) throw DataError(path.string(), "", fmt::format("cannot write: {}", std::strerror(reason)));
}

/// @returns whether this call made the file; false where it is there
bool make_exclusively(const fs::path& path, const std::string& text, const std::string& worker) {
  const fs::path own = path.parent_path() / fmt::format(".{}.tmp", worker);
  write_plainly(own, O_TRUNC, text);
  const bool linked = ::link(own.c_str(), path.c_str()) == 0;
  const int reason = errno;
  // Over a network the answer can get lost after the deed: the number of links tells.
  struct stat status {};
  const bool made = linked || (::stat(own.c_str(), &status) == 0 && status.st_nlink == 2);
  ::unlink(own.c_str());
  if (made || reason == EEXIST) return made;
  if (reason != EPERM && reason != ENOTSUP && reason != ENOSYS && reason != EMLINK)
    throw DataError(path.string(), "", fmt::format("cannot make a claim: {}", std::strerror(reason)));
  // A file system without links.
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0 && errno == EEXIST) return false;
  if (fd >= 0) ::close(fd);
  write_plainly(path, 0, text);
  return true;
}

}  // namespace

bool ClaimRecord::is_held(double now_s) const {
  return !released && !process.is_gone() && now_s - renewed_s <= lease_s;
}

namespace {

/// Whether who made a file for a claim of its own certainly runs no more. It may have been killed before it
/// wrote anything; its name is in the file's.
bool is_left_over(const fs::path& file) {
  try {
    const ProcessIdentity process = read_claim(file, 0).process;
    if (process.pid > 0) return process.is_gone();
  } catch (const DataError&) {  // its process has just removed it
  }
  const std::string name = file.stem().string();
  return name.starts_with('.') && is_gone_worker(name.substr(1));
}

}  // namespace

void remove_left_over(const fs::path& folder) {
  std::error_code vanished;
  if (!fs::is_directory(folder, vanished)) return;
  for (const fs::path& file : list_folder(folder))
    if (file.extension() == ".tmp" && fs::exists(file, vanished) && is_left_over(file))
      fs::remove(file, vanished);
}

std::optional<ClaimRecord> last_claim(const fs::path& folder) {
  const int number = last_number(folder);
  if (number == 0) return std::nullopt;
  return read_claim(claim_file(folder, number), number);
}

std::optional<Claim> Claim::take(const fs::path& folder, const Presence& presence, double lease_s) {
  const auto last = last_claim(folder);
  if (last && last->is_held(presence.now_s())) return std::nullopt;
  make_folder(folder);
  ClaimRecord record;
  record.number = (last ? last->number : 0) + 1;
  record.worker = presence.name();
  record.process = ProcessIdentity::own();
  record.lease_s = lease_s;
  record.since = now_utc();
  const std::string text = json_text(json_of(record)) + "\n";
  if (!make_exclusively(claim_file(folder, record.number), text, presence.name())) return std::nullopt;
  return Claim(folder, record);
}

fs::path Claim::file() const {
  return claim_file(folder_, record_.number);
}

bool Claim::renew() const {
  if (last_number(folder_) != record_.number) return false;
  touch(file());
  return true;
}

void Claim::release() {
  record_.released = true;
  write_file_atomically(file(), json_text(json_of(record_)) + "\n", record_.worker);
}

}  // namespace melomine::sweeps
