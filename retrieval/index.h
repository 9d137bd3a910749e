#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "configs/choice.h"
#include "retrieval/fingerprint_sequence.h"
#include "retrieval/search.h"

namespace melomine::retrieval {

/// A reference that a query may be, and where in it.
struct Hit {
  int64_t reference = 0;  ///< its number
  float score = 0;        ///< higher is more alike
  double start_s = 0;     ///< of the query in the reference, s; negative where the reference begins later
};
/// Hits of one query, best first; equal scores in the order of their numbers, NaN last. An approximate index
/// may leave references out.
using Ranking = std::vector<Hit>;

/// Puts hits into the order of a ranking.
void sort_hits(Ranking& hits);

/// The `count` best references of each query.
/// @param hop_s  seconds that a lag of the scores stands for
std::vector<Ranking> rankings_of(const ScoreMatrix& scores, double hop_s, int64_t count);

/// References that can be searched. References are numbered in the order in which they were added.
class Index {
 public:
  virtual ~Index() = default;
  /// @throws ShapeError for an empty sequence, or one of other numbers a step than the first
  virtual void add(FingerprintSequence reference) = 0;
  /// References added.
  virtual int64_t size() const = 0;
  /// The `count` best references of each query. Several threads may search at once.
  /// @throws ShapeError where a query is empty or its dim another than the references'
  virtual std::vector<Ranking> search(std::span<const FingerprintSequence> queries, int64_t count,
                                      const SearchProgress& progress) const = 0;
};

/// A kind of index with its settings.
class IndexKind : public configs::Kind {
 public:
  /// retrieval/index_catalog.cpp
  static const configs::Catalogue& catalogue();
  /// An empty one. @param similarity  by which hits are scored
  virtual std::unique_ptr<Index> make(const Similarity& similarity) const = 0;
};

/// By what a query is searched.
using IndexChoice = configs::Choice<IndexKind>;

}  // namespace melomine::retrieval
