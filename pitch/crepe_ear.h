#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "pitch/activation.h"
#include "pitch/activation_store.h"
#include "pitch/crepe_network.h"

namespace melomine::pitch {

/// CREPE as a front end listens by it: activations every 10 ms, and, where there is a cache, those that it
/// has found before. All functions may be called from several threads at once.
class CrepeEar {
 public:
  /// @param weights  of the network, as CrepeConfig has them
  /// @param cache    folder of an ActivationStore; empty: none
  /// @throws DataError for a file of weights that cannot be used
  CrepeEar(const std::filesystem::path& weights, const std::filesystem::path& cache);
  /// Not by the cache. @returns 1 + samples / 10 ms frames @throws as CrepeNetwork::activations
  Activation listen(std::span<const float> samples, int sample_rate_hz) const;
  /// By the cache where there is one. @throws as listen
  Activation hear(std::span<const float> samples, int sample_rate_hz) const;
  /// Sees to it that the recording's activation is in the cache. @returns its key, for `recall`
  /// @throws ConfigError without a cache, and as listen
  std::string remember(std::span<const float> samples, int sample_rate_hz) const;
  /// Frames [first, first + count) of those that there are of what was remembered. @throws DataError
  Activation recall(const std::string& key, int64_t first, int64_t count) const;

 private:
  std::string key_of(std::span<const float> samples, int sample_rate_hz) const;
  CrepeNetwork network_;
  std::optional<ActivationStore> store_;
  std::string weights_sha256_;
};

}  // namespace melomine::pitch
