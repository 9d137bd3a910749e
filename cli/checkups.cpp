#include "cli/checkups.h"

#include <cblas.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <thread>

#include "cli/blas_core.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/folder_lock.h"
#include "core/processors.h"
#include "dsp/decode.h"
#include "dsp/encode.h"
#include "retrieval/ann_index.h"
#include "storage/hdf5.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kGigabyte = 1e9;
constexpr double kLittleMemory_gb = 2, kLittleDisk_gb = 5, kHardlyDisk_gb = 0.5;
constexpr double kClocksApart_s = 5;

/// Runs a check; what it throws is found to be wrong.
Checkup tried(const std::string& what, const std::string& remedy, const std::function<std::string()>& check) {
  try {
    return {what, Health::kFine, check(), ""};
  } catch (const std::exception& error) {
    return {what, Health::kWrong, error.what(), remedy};
  }
}

/// A number of /proc/meminfo, in GB; 0 where there is none.
double memory_gb(const std::string& key) {
  std::ifstream lines("/proc/meminfo");
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(key + ":")) return std::atof(line.c_str() + key.size() + 1) * 1024 / kGigabyte;
  return 0;
}

Checkup check_blas() {
  const std::string chosen = openblas_get_corename(), better = better_blas_core(cpu_features(), chosen);
  if (better.empty()) return {"BLAS", Health::kFine, "kernels " + chosen, ""};
  return {"BLAS", Health::kNote, fmt::format("kernels {}; this processor has faster ones", chosen),
          "unset OPENBLAS_CORETYPE, or set it to " + better};
}

Checkup check_threads() {
  const int processors = usable_processors();
  const char* asked = std::getenv("OMP_NUM_THREADS");
  const int threads = asked != nullptr && std::atoi(asked) > 0 ? std::atoi(asked) : processors;
  if (threads > processors)
    return {"threads", Health::kNote, fmt::format("{} of {} processors", threads, processors),
            "set OMP_NUM_THREADS to at most that"};
  return {"threads", Health::kFine, fmt::format("{} of {} processors", threads, processors), ""};
}

Checkup check_load() {
  double load = 0;
  if (getloadavg(&load, 1) != 1) return {"load", Health::kNote, "cannot be told", ""};
  const double processors = std::max(1u, std::thread::hardware_concurrency());
  if (load > 1.5 * processors)
    return {"load", Health::kNote, fmt::format("{:.1f} processes want {:.0f} processors", load, processors),
            "figures of speed mean little now; others are at work here"};
  return {"load", Health::kFine, fmt::format("{:.1f}", load), ""};
}

Checkup check_memory() {
  const double free_gb = memory_gb("MemAvailable"), all_gb = memory_gb("MemTotal");
  const std::string found = fmt::format("{:.1f} GB free of {:.1f}", free_gb, all_gb);
  if (all_gb > 0 && free_gb < kLittleMemory_gb)
    return {"memory", Health::kNote, found, "small batches, or end other programs"};
  return {"memory", Health::kFine, found, ""};
}

/// A folder of its own in another, removed at the end.
class Scratch {
 public:
  explicit Scratch(const fs::path& folder) : path_(folder / fmt::format(".doctor-{}", ::getpid())) {
    make_folder(path_);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string check_audio(const fs::path& folder) {
  dsp::AudioBuffer tone;
  for (int i = 0; i < tone.sample_rate_hz; ++i)
    tone.samples.push_back(static_cast<float>(std::lround(8000 * std::sin(0.1 * i))) / 32768);
  dsp::write_flac(folder / "a.flac", tone);
  if (dsp::load_audio(folder / "a.flac").samples != tone.samples)
    throw DataError("FLAC comes back with other samples");
  std::string found = "FLAC written and read";
  try {
    write_file_atomically(folder / "a.mp3", dsp::encode_mp3(tone, 64000));
    found += dsp::load_audio(folder / "a.mp3").samples.empty() ? ", MP3 not read" : ", MP3 too";
  } catch (const DataError&) {
    found += "; no MP3 encoder: reports play WAV";
  }
  return found;
}

std::string check_index() {
  retrieval::AnnIndex index(4, "Flat");
  const std::vector<float> rows = {1, 0, 0, 0, 0, 1, 0, 0};
  index.add(rows, std::vector<int64_t>{7, 9});
  if (index.search(std::vector<float>{0, 1, 0, 0}, {.neighbours = 1, .probes = 0}).front().number != 9)
    throw DataError("an index finds the wrong row");
  return "an index finds its rows";
}

Checkup check_space(const fs::path& folder) {
  const fs::space_info space = fs::space(folder);
  const double free_gb = static_cast<double>(space.available) / kGigabyte;
  const std::string found =
      fmt::format("{:.1f} GB free of {:.1f}", free_gb, static_cast<double>(space.capacity) / kGigabyte);
  if (free_gb < kHardlyDisk_gb)
    return {"disk", Health::kWrong, found, "make room, or write elsewhere (runs=…)"};
  if (free_gb < kLittleDisk_gb) return {"disk", Health::kNote, found, "shards take 115 MB an hour of audio"};
  return {"disk", Health::kFine, found, ""};
}

Checkup check_locks(const fs::path& folder) {
  const fs::path file = folder / "lock";
  const int first = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666),
            second = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  const bool holds = ::flock(first, LOCK_EX | LOCK_NB) == 0, meets = ::flock(second, LOCK_EX | LOCK_NB) != 0;
  ::close(first);
  ::close(second);
  if (holds && meets) return {"locks", Health::kFine, "hold", ""};
  return {"locks", Health::kNote, "do not hold on this file system",
          "let no two processes work in one folder"};
}

Checkup check_names(const fs::path& folder) {
  write_file_atomically(folder / "name", "a");
  write_file_atomically(folder / "NAME", "b");
  if (read_file(folder / "name") == "a") return {"names", Health::kFine, "differ by the case of letters", ""};
  return {"names", Health::kNote, "do not differ by the case of letters",
          "ids of YouTube do: keep recordings on another file system"};
}

Checkup check_clock(const fs::path& folder) {
  write_file_atomically(folder / "clock", "now");
  struct stat status {};
  ::stat((folder / "clock").c_str(), &status);
  const double apart_s = std::abs(std::difftime(std::time(nullptr), status.st_mtime));
  if (apart_s <= kClocksApart_s) return {"clock", Health::kFine, "agrees with the file system's", ""};
  return {"clock", Health::kNote, fmt::format("{:.0f} s from the file system's", apart_s),
          "set this machine's or the server's clock"};
}

}  // namespace

std::vector<Checkup> check_machine() {
  return {check_blas(), check_threads(), check_load(), check_memory()};
}

std::vector<Checkup> check_libraries() {
  const Scratch scratch(fs::temp_directory_path());
  const std::string reinstall = "install the packages that scripts/install-dependencies names";
  return {tried("FFmpeg", reinstall, [&] { return check_audio(scratch.path()); }),
          tried("HDF5", reinstall,
                [&] {
                  const storage::hdf5::Lock lock;
                  const storage::hdf5::Handle file(
                      H5Fcreate((scratch / "a.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                      H5Fclose);
                  if (file.get() < 0) throw DataError("a file cannot be made");
                  return std::string("a file is made");
                }),
          tried("FAISS", reinstall, check_index)};
}

std::vector<Checkup> check_folder(const fs::path& folder) {
  std::vector<Checkup> found;
  try {
    make_folder(folder);
    const Scratch scratch(folder);
    found = {check_space(folder), check_locks(scratch.path()), check_names(scratch.path()),
             check_clock(scratch.path())};
  } catch (const Error& error) {
    found.push_back(
        {"folder", Health::kWrong, error.what(), "write elsewhere (runs=…), or mend its permissions"});
  }
  return found;
}

std::vector<Checkup> check_work(const fs::path& folder) {
  std::vector<Checkup> found;
  int64_t temporaries = 0;
  uintmax_t bytes = 0;
  if (!fs::is_directory(folder)) return found;
  for (const fs::path& file : list_folder_deeply(folder)) {
    const std::string name = file.filename().string();
    std::error_code vanished;
    if (name == kLockFile) {
      if (const std::string worker = worker_behind(file); !worker.empty())
        found.push_back({"at work", Health::kNote, file.parent_path().string() + ": " + worker,
                         "wait for it, or end it"});
    } else if (name.ends_with(".tmp") && fs::is_regular_file(file, vanished)) {
      ++temporaries;
      bytes += fs::file_size(file, vanished);
    }
  }
  if (temporaries > 0)
    found.push_back({"left over", Health::kNote,
                     fmt::format("{} temporaries of files that never appeared, {:.1f} MB", temporaries,
                                 static_cast<double>(bytes) / 1e6),
                     "the command that was killed, given again, writes over them"});
  return found;
}

}  // namespace melomine::cli
