#include "pitch/track_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "configs/config.h"
#include "core/error.h"
#include "core/logging.h"
#include "core/sha256.h"
#include "pitch/keyed_file.h"
#include "storage/hdf5.h"

namespace melomine::pitch {
namespace {

/// Raise it when a tracker finds other tracks by the same settings.
constexpr int64_t kTrackersVersion = 1;
constexpr const char* kF0Array = "f0_hz";
constexpr const char* kProbabilityArray = "probability";

std::string comparable(F0Config config) {
  config.cache.clear();
  config.tracker->make_comparable();
  return configs::to_json(config);
}

void write_array(storage::hdf5::File& file, const char* name, const std::vector<float>& values) {
  const auto count = static_cast<hsize_t>(values.size());
  auto dataset = file.create_dataset<float>(
      name, {.shape = {count}, .chunk = {std::max<hsize_t>(count, 1)}, .checksum = true});
  dataset.write_all(std::span<const float>(values));
}

dsp::F0Track read_track(const std::filesystem::path& folder, const std::string& key) {
  const auto file = open_keyed_file(folder, key);
  dsp::F0Track track;
  track.hop_s = std::stod(file.attribute_as_text("hop_s"));
  track.f0_hz = file.open_dataset(kF0Array).read_all<float>();
  track.probability = file.open_dataset(kProbabilityArray).read_all<float>();
  if (track.f0_hz.size() != track.probability.size() || track.f0_hz.empty())
    throw DataError(file.path(), kProbabilityArray, "has another length than f0_hz");
  return track;
}

}  // namespace

std::string sha256_of_samples(std::span<const float> samples) {
  static_assert(std::endian::native == std::endian::little);
  Sha256 hash;
  hash.update(samples.data(), samples.size_bytes());
  return hash.finish();
}

std::optional<dsp::F0Track> TrackStore::load(const std::string& key) const {
  std::error_code ignored;
  if (!std::filesystem::exists(keyed_file(folder_, key), ignored)) return std::nullopt;
  try {
    return read_track(folder_, key);
  } catch (const std::exception& error) {
    log_warning("{}; the track is found anew", error.what());
    return std::nullopt;
  }
}

void TrackStore::save(const std::string& key, const dsp::F0Track& track) const {
  write_keyed_file(folder_, key, [&](storage::hdf5::File& file) {
    write_array(file, kF0Array, track.f0_hz);
    write_array(file, kProbabilityArray, track.probability);
    file.set_attribute("hop_s", track.hop_s);
  });
}

CachedTracker::CachedTracker(std::unique_ptr<F0Tracker> tracker, const F0Config& config)
    : tracker_(std::move(tracker)), store_(config.cache), settings_(comparable(config)) {}

dsp::F0Track CachedTracker::track(std::span<const float> samples, int sample_rate_hz) const {
  const std::string key = sha256_of(
      fmt::format("f0 {} {} {} {}", kTrackersVersion, sample_rate_hz, sha256_of_samples(samples), settings_));
  if (std::optional<dsp::F0Track> stored = store_.load(key)) return *std::move(stored);
  dsp::F0Track track = tracker_->track(samples, sample_rate_hz);
  store_.save(key, track);
  return track;
}

}  // namespace melomine::pitch
