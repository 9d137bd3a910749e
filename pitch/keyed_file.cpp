#include "pitch/keyed_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>

#include "core/atomic_file.h"
#include "core/error.h"

namespace melomine::pitch {
namespace {

/// Tells writers of one file apart, in this process and beside others.
std::string writer_name() {
  static std::atomic<int64_t> writers{0};
  return fmt::format("{}-{}", getpid(), writers++);
}

}  // namespace

std::filesystem::path keyed_file(const std::filesystem::path& folder, const std::string& key) {
  return folder / key.substr(0, 2) / (key + ".h5");
}

void write_keyed_file(const std::filesystem::path& folder, const std::string& key,
                      const std::function<void(storage::hdf5::File&)>& write) {
  const std::filesystem::path path = keyed_file(folder, key);
  make_folder(path.parent_path());
  AtomicFile whole(path, writer_name());
  {
    auto file = storage::hdf5::File::create(whole.temporary());
    write(file);
    file.set_attribute("key", key);
    file.flush();
  }
  whole.commit();
}

storage::hdf5::File open_keyed_file(const std::filesystem::path& folder, const std::string& key) {
  const std::filesystem::path path = keyed_file(folder, key);
  auto file = storage::hdf5::File::open(path);
  if (file.text_attribute("key") != key) throw DataError(path.string(), "attribute key", "is another one");
  return file;
}

}  // namespace melomine::pitch
