#pragma once

#include <torch/torch.h>

#include <memory>

#include "configs/choice.h"
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

/// A kind of miner with its settings.
class MinerKind : public configs::Kind {
 public:
  /// losses/miner_catalog.cpp
  static const configs::Catalogue& catalogue();
  virtual std::unique_ptr<Miner> make() const = 0;
};

/// The kind of the miner M, which is made of its config.
template <class M, class Config>
class MinerKindOf : public configs::KindOf<MinerKindOf<M, Config>, MinerKind, Config> {
 public:
  std::unique_ptr<Miner> make() const override { return std::make_unique<M>(this->config); }
};

/// Which pairs of a batch a loss sees.
struct MinerConfig {
  configs::Choice<MinerKind> miner{"none"};
  PairRule rule;  ///< its fields stand beside the miner's
};
void bind(configs::Binder& b, MinerConfig& c);

}  // namespace melomine::losses
