#pragma once

#include <memory>

#include "configs/choice.h"
#include "losses/pair_rule.h"

namespace melomine::losses {

class Miner;

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
