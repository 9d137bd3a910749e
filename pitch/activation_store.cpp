#include "pitch/activation_store.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/logging.h"
#include "pitch/crepe_weights.h"
#include "pitch/keyed_file.h"

namespace melomine::pitch {
namespace {

constexpr const char* kArray = "activation";
constexpr hsize_t kChunkFrames = 256;

storage::hdf5::Dataset open_array(const storage::hdf5::File& file) {
  auto array = file.open_dataset(kArray);
  if (array.shape().size() != 1 || array.size() == 0 || array.size() % kCrepeBins != 0)
    throw DataError(file.path(), kArray, "does not hold whole frames");
  return array;
}

}  // namespace

bool ActivationStore::has(const std::string& key) const {
  return load(key).has_value();
}

std::optional<Activation> ActivationStore::load(const std::string& key) const {
  std::error_code ignored;
  if (!std::filesystem::exists(keyed_file(folder_, key), ignored)) return std::nullopt;
  try {
    return Activation{open_array(open_keyed_file(folder_, key)).read_all<uint8_t>()};
  } catch (const std::exception& error) {
    log_warning("{}; the activation is found anew", error.what());
    return std::nullopt;
  }
}

Activation ActivationStore::load_frames(const std::string& key, int64_t first, int64_t count) const {
  const auto file = open_keyed_file(folder_, key);
  const auto array = open_array(file);
  const auto frames = static_cast<int64_t>(array.size()) / kCrepeBins;
  const int64_t begin = std::clamp<int64_t>(first, 0, frames);
  const int64_t end = std::clamp(first + count, begin, frames);
  Activation activation;
  activation.values.resize(static_cast<size_t>((end - begin) * kCrepeBins));
  array.read(static_cast<hsize_t>(begin * kCrepeBins), std::span<uint8_t>(activation.values));
  return activation;
}

void ActivationStore::save(const std::string& key, const Activation& activation) const {
  write_keyed_file(folder_, key, [&](storage::hdf5::File& file) {
    const auto count = static_cast<hsize_t>(activation.values.size());
    auto array = file.create_dataset<uint8_t>(
        kArray,
        {.shape = {count}, .chunk = {std::min<hsize_t>(count, kChunkFrames * kCrepeBins)}, .checksum = true});
    array.write_all(std::span<const uint8_t>(activation.values));
  });
}

}  // namespace melomine::pitch
