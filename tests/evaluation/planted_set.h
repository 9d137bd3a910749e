#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "evaluation/evaluation_config.h"
#include "evaluation/evaluation_set.h"
#include "evaluation/hum_search.h"
#include "retrieval/embedder.h"

namespace melomine::evaluation {

inline constexpr int64_t kDim = 4;

/// Takes the samples themselves for fingerprints, kDim at a time.
class PlantedEmbedder : public retrieval::Embedder {
 public:
  int64_t dim() const override { return kDim; }
  double hop_s() const override { return 0.25; }
  double window_s() const override { return 1; }
  retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
    ++calls;
    retrieval::FingerprintSequence z{static_cast<int64_t>(audio.samples.size()) / kDim, kDim, 0.25, 0.5, {}};
    for (int64_t t = 0; t < z.steps; ++t) {
      const float* row = audio.samples.data() + t * kDim;
      double square = 0;
      for (int64_t d = 0; d < kDim; ++d) square += static_cast<double>(row[d]) * row[d];
      for (int64_t d = 0; d < kDim; ++d) z.values.push_back(static_cast<float>(row[d] / std::sqrt(square)));
    }
    return z;
  }
  mutable int calls = 0;
};

inline EvaluationItem item_of(std::string id, const std::vector<float>& samples) {
  return {.id = std::move(id), .audio = [samples] { return dsp::AudioBuffer{samples, 16000}; }, .notes = {}};
}

inline std::vector<float> noise(size_t count, uint64_t seed) {
  RandomStream random({seed});
  std::vector<float> samples;
  for (size_t i = 0; i < count; ++i) samples.push_back(static_cast<float>(random.normal()));
  return samples;
}

/// Five references; query i is a piece of reference i.
inline EvaluationSet planted_set() {
  EvaluationSet set;
  set.name = "planted";
  for (uint64_t i = 0; i < 5; ++i) {
    const std::vector<float> reference = noise(400, i);
    set.references.push_back(item_of("r" + std::to_string(i), reference));
    set.queries.push_back(
        item_of("q" + std::to_string(i), {reference.begin() + 80, reference.begin() + 160}));
    set.relevance.push_back({{static_cast<int64_t>(i)}, {}});
  }
  return set;
}

inline EvaluationConfig without_baseline() {
  EvaluationConfig config;
  config.systems = {SystemChoice("model")};
  config.bootstrap_resamples = 200;
  return config;
}

/// The settings of its model.
inline HumSearchConfig& search_of(EvaluationConfig& config) {
  return config.systems.back().settings<HumSearchConfig>();
}

}  // namespace melomine::evaluation
