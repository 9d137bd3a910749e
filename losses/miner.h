#pragma once

#include <torch/torch.h>

#include "losses/miner_kind.h"
#include "losses/pairs.h"

namespace melomine::losses {

/// Picks from the pairs of a batch those that are worth learning from.
class Miner {
 public:
  virtual ~Miner() = default;
  /// @param z      [B, D] fingerprints of unit norm; no gradient flows through mining
  /// @param pairs  masks [B, B] on z's device
  /// @returns masks of pairs that are among those given
  virtual PairMasks mine(const torch::Tensor& z, const PairMasks& pairs) const = 0;
};

}  // namespace melomine::losses
