#pragma once

#include "losses/loss.h"
#include "losses/loss_kind.h"

namespace melomine::losses {

struct MultiSimilarityLossConfig {
  double alpha = 2;   ///< α: how much of the positives the farthest one decides
  double beta = 50;   ///< β: how much of the negatives the nearest one decides
  double base = 0.5;  ///< λ: the similarity that positives are to exceed and negatives are to stay below
};
void bind(configs::Binder& b, MultiSimilarityLossConfig& c);

/// Multi-similarity loss (Wang et al. 2019, of the pairs that eqs. 6 and 7 leave; these are the miner
/// `multi_similarity`). With s_ik = <z_i, z_k>, and P(i) and N(i) the positives and negatives of anchor i,
///   1/B Σ_i ( 1/α log(1 + Σ_{k in P(i)} exp(-α (s_ik - λ))) + 1/β log(1 + Σ_{k in N(i)} exp(β (s_ik - λ)))
///   ).
/// An anchor counts among the B also where no pair of it is left. α, β and ε of the miner are the paper's; it
/// has λ = 1, the authors' code and metric-learning libraries 0.5. No pair at all: 0.
class MultiSimilarity : public Loss {
 public:
  /// @throws ConfigError for an α or β that is not > 0
  explicit MultiSimilarity(const MultiSimilarityLossConfig& config = {});
  /// Needs z and pairs. @throws ShapeError
  torch::Tensor forward(const LossInput& input) override;

 private:
  MultiSimilarityLossConfig config_;
};

}  // namespace melomine::losses
