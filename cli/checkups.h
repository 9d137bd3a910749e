#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace melomine::cli {

enum class Health {
  kFine,
  kNote,   ///< works, but slower or less than it could
  kWrong,  ///< something will fail
};

/// What was looked at and found.
struct Checkup {
  std::string what;  ///< "disk"
  Health health = Health::kFine;
  std::string found;   ///< "12.3 GB free of 100 GB"
  std::string remedy;  ///< what to do; "" where all is fine
};

/// Processor, BLAS kernels, threads, load and memory.
std::vector<Checkup> check_machine();

/// Libraries at work: audio is encoded and decoded, an HDF5 file written and read, an index of FAISS
/// searched.
std::vector<Checkup> check_libraries();

/// A folder that runs are written to: whether files can be written, locked and renamed there, whether names
/// that differ by the case of letters are two files, space, and whether its file system's clock agrees with
/// this machine's.
/// @param folder  is made when it is absent
std::vector<Checkup> check_folder(const std::filesystem::path& folder);

/// Who works in a folder and those in it, by their locks, and what was left unfinished there: `.lock` files
/// whose process is gone, temporaries of files that never appeared.
/// @param folder  a run's folder, or one of several
std::vector<Checkup> check_work(const std::filesystem::path& folder);

}  // namespace melomine::cli
