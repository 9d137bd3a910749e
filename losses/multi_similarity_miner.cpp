#include "losses/multi_similarity_miner.h"

#include <cmath>
#include <limits>

#include "core/error.h"

namespace melomine::losses {

void bind(configs::Binder& b, MinerConfig& c) {
  b.choice("type", c.type, {"multi_similarity", "none"}, "which pairs of a batch the loss sees");
  if (c.type == "multi_similarity")
    b.number("epsilon", c.epsilon, configs::any_number(), "margin ε within which a pair is still kept");
  b.enumeration("domain_negatives", c.domain_negatives,
                {{"all", DomainNegatives::kAll}, {"paired", DomainNegatives::kPaired}},
                "paired: a hum and a sung fragment are negatives only where both groups hold hums");
}

MultiSimilarityMiner::MultiSimilarityMiner(double epsilon) : epsilon_(epsilon) {
  if (!std::isfinite(epsilon)) throw ConfigError("[multi_similarity] epsilon must be a finite number");
}

PairMasks MultiSimilarityMiner::mine(const torch::Tensor& z, const torch::Tensor& groups) const {
  require_fingerprints("multi_similarity", z);
  require_labels("multi_similarity", "groups", z, groups);
  return mine(z, group_pairs(groups));
}

PairMasks MultiSimilarityMiner::mine(const torch::Tensor& z, const PairMasks& all) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const torch::NoGradGuard no_grad;
  const auto similarity = torch::mm(z, z.t());
  const auto hardest_positive =
      similarity.masked_fill(all.positive.logical_not(), kInfinity).amin(1, /*keepdim=*/true);
  const auto hardest_negative =
      similarity.masked_fill(all.negative.logical_not(), -kInfinity).amax(1, /*keepdim=*/true);
  return {all.positive.logical_and(similarity - epsilon_ < hardest_negative),
          all.negative.logical_and(similarity + epsilon_ > hardest_positive)};
}

}  // namespace melomine::losses
