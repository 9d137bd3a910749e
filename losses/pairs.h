#pragma once

#include <torch/torch.h>

#include <array>

#include "losses/pair_rule.h"

namespace melomine::losses {

/// Pairs (anchor, other) as two masks over the batch; the diagonal is false in both.
struct PairMasks {
  torch::Tensor positive;  ///< [B, B] bool: row's anchor and column's fragment are of one group
  torch::Tensor negative;  ///< [B, B] bool: they are of different groups
};

/// What the rows of a batch are. [B] int64 each unless said otherwise; on the CPU, where looking at them
/// keeps no accelerator waiting, or beside the fingerprints.
struct BatchLabels {
  torch::Tensor groups{};      ///< equal ids are aligned fragments, positives of each other
  torch::Tensor songs{};       ///< class of the song, 0 … song_classes - 1
  torch::Tensor domains{};     ///< 0 singing, 1 humming
  torch::Tensor recordings{};  ///< equal indices are clips of one recording
  /// [B, B] bool: of one song, and not known to be of different stretches of it
  torch::Tensor same_melody{};
};

/// All pairs that the groups allow. @param groups  [B] int64
PairMasks group_pairs(const torch::Tensor& groups);
/// The same without negatives of one song. @param songs  [B] int64
PairMasks other_song_pairs(PairMasks pairs, const torch::Tensor& songs);
/// The same without negatives that may hold the same melody. @param same_melody  [B, B] bool
PairMasks other_stretch_pairs(PairMasks pairs, const torch::Tensor& same_melody);
/// The same without negatives of a hum and a sung fragment one of whose groups nobody hums: such a pair could
/// only be a negative, and would teach to tell humming from singing.
/// @param domains  [B] int64, 1 humming
PairMasks paired_domain_pairs(const torch::Tensor& groups, const torch::Tensor& domains);

/// The pairs of one batch, before any miner: each rule's masks are made when they are first asked for, and
/// serve all losses.
class BatchPairs {
 public:
  /// @param z       [B, D] fingerprints, whose device the masks go to
  /// @param labels  outlive this
  BatchPairs(const torch::Tensor& z, const BatchLabels& labels) : z_(z), labels_(labels) {}
  /// @throws ShapeError when the labels that the rule needs are absent or do not fit z, when no two rows are
  /// of one group, or all are
  const PairMasks& of(PairRule rule);

 private:
  PairMasks make(PairRule rule) const;
  PairMasks narrowed(PairMasks pairs, Negatives negatives) const;
  const torch::Tensor& z_;
  const BatchLabels& labels_;
  std::array<std::array<PairMasks, 2>, 3> of_rule_{};  ///< by negatives and domain_negatives
};

}  // namespace melomine::losses
