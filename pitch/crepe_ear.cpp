#include "pitch/crepe_ear.h"

#include <fmt/format.h>

#include <utility>

#include "core/error.h"
#include "core/sha256.h"
#include "pitch/track_store.h"

namespace melomine::pitch {
namespace {

/// Raise it when other activations are found of the same samples.
constexpr int64_t kActivationVersion = 1;

}  // namespace

CrepeEar::CrepeEar(const std::filesystem::path& weights, const std::filesystem::path& cache)
    : network_(read_crepe_weights(weights)) {
  if (cache.empty()) return;
  store_.emplace(cache);
  weights_sha256_ = sha256_of_file(weights);
}

std::string CrepeEar::key_of(std::span<const float> samples, int sample_rate_hz) const {
  return sha256_of(fmt::format("activation {} {} {} {}", kActivationVersion, sample_rate_hz,
                               sha256_of_samples(samples), weights_sha256_));
}

Activation CrepeEar::listen(std::span<const float> samples, int sample_rate_hz) const {
  return kept(network_.activations(samples, sample_rate_hz, {.hop_s = kActivationHop_s}));
}

Activation CrepeEar::hear(std::span<const float> samples, int sample_rate_hz) const {
  if (!store_) return listen(samples, sample_rate_hz);
  const std::string key = key_of(samples, sample_rate_hz);
  if (std::optional<Activation> stored = store_->load(key)) return *std::move(stored);
  Activation activation = listen(samples, sample_rate_hz);
  store_->save(key, activation);
  return activation;
}

std::string CrepeEar::remember(std::span<const float> samples, int sample_rate_hz) const {
  if (!store_) throw ConfigError("[crepe] a cache must be named to remember recordings in");
  std::string key = key_of(samples, sample_rate_hz);
  if (!store_->has(key)) store_->save(key, listen(samples, sample_rate_hz));
  return key;
}

Activation CrepeEar::recall(const std::string& key, int64_t first, int64_t count) const {
  if (!store_) throw ConfigError("[crepe] a cache must be named to remember recordings in");
  return store_->load_frames(key, first, count);
}

}  // namespace melomine::pitch
