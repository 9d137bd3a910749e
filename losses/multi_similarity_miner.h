#pragma once

#include "losses/miner.h"

namespace melomine::losses {

struct MultiSimilarityConfig {
  double epsilon = 0.1;  ///< margin within which a pair is still worth learning from
};
void bind(configs::Binder& b, MultiSimilarityConfig& c);

/// Multi-similarity mining (Wang et al. 2019, eqs. 6 and 7). Of anchor i, a negative k stays when
/// <z_i, z_k> + ε > min over positives of <z_i, z_j>, and a positive j stays when
/// <z_i, z_j> - ε < max over negatives of <z_i, z_k>. An anchor without positives keeps no negatives, one
/// without negatives keeps no positives.
class MultiSimilarityMiner : public Miner {
 public:
  /// @throws ConfigError for an ε that is not a number
  explicit MultiSimilarityMiner(const MultiSimilarityConfig& config = {});
  PairMasks mine(const torch::Tensor& z, const PairMasks& pairs) const override;

 private:
  double epsilon_;
};

}  // namespace melomine::losses
