#pragma once

#include <torch/torch.h>

#include <optional>

namespace melomine::losses {

/// Pairs (anchor, other) as two masks over the batch; the diagonal is false in both.
struct PairMasks {
  torch::Tensor positive;  ///< [B, B] bool: row's anchor and column's fragment are of one group
  torch::Tensor negative;  ///< [B, B] bool: they are of different groups
};

/// All pairs that the groups allow. @param groups  [B] int64
PairMasks group_pairs(const torch::Tensor& groups);
/// The same without negatives of a hum and a sung fragment one of whose groups nobody hums: such a pair could
/// only be a negative, and would teach to tell humming from singing.
/// @param domains  [B] int64, 1 humming
PairMasks paired_domain_pairs(const torch::Tensor& groups, const torch::Tensor& domains);

/// What a loss may look at. Losses say which fields they need.
struct LossInput {
  torch::Tensor z{};                 ///< [B, D] fingerprints of unit norm
  torch::Tensor groups{};            ///< [B] int64; equal ids are aligned fragments, positives of each other
  torch::Tensor songs{};             ///< [B] int64 class of the song, 0 … song_classes - 1
  torch::Tensor domains{};           ///< [B] int64, 0 singing, 1 humming
  std::optional<PairMasks> mined{};  ///< the pairs that a miner left; absent: all pairs of the groups
};

/// A training objective. One with parameters of its own (class weights, a domain classifier) registers them,
/// so they are optimised and saved with the encoder. Call it outside autocast, in float32 or float64.
class Loss : public torch::nn::Module {
 public:
  /// @returns a scalar that is differentiable, also where nothing contributes to it (it is 0 then)
  /// @throws ShapeError when a field it needs is absent or does not fit z
  virtual torch::Tensor forward(const LossInput& input) = 0;
};

/// [B, D] floating, B >= 1. @throws ShapeError "[nt_xent] …"
void require_fingerprints(const char* loss, const torch::Tensor& z);
/// [B] int64 beside z, each in [0, classes) unless classes is 0. @throws ShapeError naming field and loss
void require_labels(const char* loss, const char* field, const torch::Tensor& z, const torch::Tensor& labels,
                    int64_t classes = 0);
/// The mined pairs, or all pairs of the groups; mined pairs do without groups.
/// @throws ShapeError when there are groups and no two rows are of one
PairMasks pairs_of(const char* loss, const LossInput& input);
/// 0, with z in its graph; NaN when z is, so that divergence still shows.
torch::Tensor zero_loss(const torch::Tensor& z);

}  // namespace melomine::losses
