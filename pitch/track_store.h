#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "dsp/f0_track.h"
#include "pitch/f0.h"

namespace melomine::pitch {

/// SHA-256 of mono audio: of its samples as float32, little-endian, as `melomine features --sha256` prints
/// it.
std::string sha256_of_samples(std::span<const float> samples);

/// Tracks on disk by their keys: a file FOLDER/ab/abcdef….h5 each (HDF5: f0_hz and probability, checksummed;
/// attributes hop_s and key), which appears whole or not at all. Any number of processes and threads may read
/// and write one folder at once: who writes a track that is there already replaces it by the same one.
class TrackStore {
 public:
  /// @param folder  is made when the first track is saved
  explicit TrackStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// Nothing where there is none, or where the file is damaged, which is logged as a warning.
  std::optional<dsp::F0Track> load(const std::string& key) const;
  /// @throws DataError when the file cannot be written
  void save(const std::string& key, const dsp::F0Track& track) const;

 private:
  std::filesystem::path folder_;
};

/// What a tracker finds, kept: a recording is tracked once, by whichever process asks first. The key is the
/// SHA-256 of the samples, their rate, the settings (F0Kind::make_comparable) and the version of the
/// trackers.
class CachedTracker : public F0Tracker {
 public:
  /// @param config  the settings that `tracker` was made of; its `cache` is the folder
  CachedTracker(std::unique_ptr<F0Tracker> tracker, const F0Config& config);
  dsp::F0Track track(std::span<const float> samples, int sample_rate_hz) const override;

 private:
  std::unique_ptr<F0Tracker> tracker_;
  TrackStore store_;
  std::string settings_;
};

}  // namespace melomine::pitch
