#pragma once

#include <memory>
#include <string>

#include "configs/binder.h"
#include "losses/loss.h"

namespace melomine::losses {

/// Which pairs of a hum and a sung fragment are negatives.
enum class DomainNegatives {
  kAll,     ///< of any two groups
  kPaired,  ///< of two groups that both hold hums (paired_domain_pairs; ours)
};

struct MinerConfig {
  std::string type = "none";  ///< none | multi_similarity
  double epsilon = 0.1;       ///< margin within which a pair is still worth learning from
  DomainNegatives domain_negatives = DomainNegatives::kAll;
};
void bind(configs::Binder& b, MinerConfig& c);

/// Multi-similarity mining (Wang et al. 2019, eqs. 6 and 7). Of anchor i, a negative k stays when
/// <z_i, z_k> + ε > min over positives of <z_i, z_j>, and a positive j stays when
/// <z_i, z_j> - ε < max over negatives of <z_i, z_k>. An anchor without positives keeps no negatives, one
/// without negatives keeps no positives.
class MultiSimilarityMiner {
 public:
  /// @throws ConfigError for an ε that is not a number
  explicit MultiSimilarityMiner(double epsilon = 0.1);
  /// @param z       [B, D] fingerprints of unit norm; no gradient flows through mining
  /// @param groups  [B] int64
  /// @throws ShapeError
  PairMasks mine(const torch::Tensor& z, const torch::Tensor& groups) const;
  /// The same of pairs that are given. @param pairs  masks [B, B]
  PairMasks mine(const torch::Tensor& z, const PairMasks& pairs) const;

 private:
  double epsilon_;
};

}  // namespace melomine::losses
