#pragma once

#include "retrieval/index.h"

namespace melomine::retrieval {

/// Compares each query with each reference over all lags (search_sequences): nothing is left out.
class ExactIndex : public Index {
 public:
  explicit ExactIndex(const Similarity& similarity = {}) : similarity_(similarity) {}
  void add(FingerprintSequence reference) override;
  int64_t size() const override { return static_cast<int64_t>(references_.size()); }
  std::vector<Ranking> search(std::span<const FingerprintSequence> queries, int64_t count,
                              const SearchProgress& progress) const override;

 private:
  Similarity similarity_;
  std::vector<FingerprintSequence> references_;
  std::vector<SequenceSums> sums_;  ///< [references]
};

}  // namespace melomine::retrieval
