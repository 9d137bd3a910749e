#pragma once

#include "losses/loss.h"
#include "losses/loss_kind.h"

namespace melomine::losses {

/// From the distances between the segments of two recordings, [n, m], to one of the recordings.
enum class SetDistance {
  kMean,       ///< R_mean: of all pairs of segments
  kMin,        ///< R_min: of the nearest pair
  kMeanMin,    ///< R_meanmin: from each segment of the first to the nearest of the second, their mean
  kBestPairs,  ///< R_bpwr: the mean of the r nearest pairs, taken one by one without replacement
};

struct ClewsConfig {
  SetDistance positive_distance = SetDistance::kBestPairs;
  SetDistance negative_distance = SetDistance::kMin;
  int64_t best_pairs = 5;  ///< r of kBestPairs; at most as many as the smaller recording has segments
  double gamma = 5;        ///< γ: how fast a negative ceases to matter with its distance
  double epsilon = 1e-6;   ///< ε: once the negatives' mean is far below it, they no longer push
};
void bind(configs::Binder& b, ClewsConfig& c);

/// CLEWS: learning from segments of which no more is known than that their recordings are versions of one
/// song (Serrà et al. 2025, Supervised Contrastive Learning from Weakly-Labeled Audio Segments for Musical
/// Version Matching). The clips of a recording are a set. R⁺ and R⁻ reduce the segments' distances to those
/// of sets; over ordered pairs of sets A⁺ of one song and A⁻ of two songs, never of one recording,
///   mean over A⁺ of R⁺(a, b) + log(1 + 1/ε mean over A⁻ of exp(-γ R⁻(a, b))).
/// That is the paper's loss up to the constant log ε, as its authors' code has it: never negative, and 0
/// where there is nothing to learn from.
///
/// Segments are |z_a - z_b|² = 2 - 2 <z_a, z_b> apart. The paper has |x_a - x_b|² / D of x in no way
/// normalised; for x = √D z these are equal, so γ and ε keep their scale (a deviation: x has no radius to
/// grow here). Ties among nearest pairs go to the first, where the authors' code draws; gradients flow
/// through the pairs taken.
///
/// A batch of one clip a recording makes all four distances the same: sampler.distinct_songs: false puts
/// several stretches of a song, and so several clips of its recordings, into a batch.
class Clews : public Loss {
 public:
  /// @throws ConfigError
  explicit Clews(const ClewsConfig& config = {});
  /// Needs z, songs and recordings. @throws ShapeError
  torch::Tensor forward(const LossInput& input) override;

 private:
  ClewsConfig config_;
};

/// Distances of sets from distances of their members.
/// @param distances  [R, R, n, n] ≥ 0; of sets a and b, the members i of a and j of b
/// @param present    [R, R, n, n] bool: a has a member i and b a member j; at least one of each
/// @param best_pairs r of kBestPairs, > 0
/// @returns [R, R]
torch::Tensor set_distances(SetDistance distance, const torch::Tensor& distances,
                            const torch::Tensor& present, int64_t best_pairs);

}  // namespace melomine::losses
