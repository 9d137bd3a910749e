#include "retrieval/exact_index.h"

#include <fmt/format.h>

#include <utility>

#include "core/error.h"

namespace melomine::retrieval {
namespace {

class Exact : public configs::KindOf<Exact, IndexKind, configs::NoSettings> {
 public:
  std::unique_ptr<Index> make(const Similarity& similarity) const override {
    return std::make_unique<ExactIndex>(similarity);
  }
};

}  // namespace

configs::KindEntry exact_kind() {
  return configs::kind<Exact>("exact", "each query is compared with each reference over all lags");
}

void ExactIndex::add(FingerprintSequence reference) {
  const int64_t dim = references_.empty() ? reference.dim : references_.front().dim;
  if (reference.steps < 1 || reference.dim != dim)
    throw ShapeError(fmt::format("[index] reference {} is [{}, {}], the first one has {} numbers a step",
                                 references_.size(), reference.steps, reference.dim, dim));
  sums_.push_back(sequence_sums(view(reference)));
  references_.push_back(std::move(reference));
}

std::vector<Ranking> ExactIndex::search(std::span<const FingerprintSequence> queries, int64_t count,
                                        const SearchProgress& progress) const {
  const double hop_s = references_.empty() ? 0 : references_.front().hop_s;
  return rankings_of(search_sequences(queries, references_, sums_, similarity_, progress), hop_s, count);
}

}  // namespace melomine::retrieval
