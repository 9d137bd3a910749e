#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "retrieval/ann_index.h"

namespace melomine::retrieval {

/// A place where a query may lie in a reference, by the fingerprints that were found there.
struct VotedPlace {
  int64_t variant = 0;  ///< of the query: which of its tempos
  int64_t lag = 0;      ///< steps: the reference step under the query's first
  float votes = 0;      ///< mean over the query's steps of the similarity found about the lag
};

/// A reference that fingerprints of a query were found in.
struct Candidate {
  int64_t reference = 0;
  std::vector<VotedPlace> places;  ///< best first, at least one
};

/// What of a voting is kept.
struct VoteLimits {
  int64_t candidates = 1000;  ///< references
  int64_t places = 3;         ///< of each
  int64_t drift_steps = 1;    ///< votes so many lags off a place count for it: a hum's tempo wavers
};

/// What the nearest fingerprints of a query's steps say about where it lies: each that is found votes for the
/// lag that it would have there. Votes that agree in time count together, one of each step of the query.
class Voting {
 public:
  /// @param first_steps  [references + 1] number of each reference's first step, then that of all
  explicit Voting(std::span<const int64_t> first_steps) : first_steps_(first_steps) {}

  /// @param steps  of the variant, of which only `heard` were searched: number of each
  /// @param found  [heard, neighbours]; AnnIndex::Neighbour::number is of a step
  void add(int64_t variant, int64_t steps, std::span<const int64_t> heard,
           std::span<const AnnIndex::Neighbour> found);
  /// Those with most votes, best first; of equals that of the lower number.
  std::vector<Candidate> candidates(const VoteLimits& limits);

 private:
  struct Vote {
    int64_t reference, variant, lag, step;
    float weight;
  };
  /// Votes of one reference and variant.
  void add_places(std::span<const Vote> votes, int64_t drift, std::vector<VotedPlace>& places) const;

  std::span<const int64_t> first_steps_;
  std::vector<Vote> votes_;
};

}  // namespace melomine::retrieval
