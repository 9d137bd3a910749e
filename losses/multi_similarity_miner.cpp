#include "losses/multi_similarity_miner.h"

#include <limits>

#include "configs/check.h"

namespace melomine::losses {

void bind(configs::Binder& b, MultiSimilarityConfig& c) {
  b.number("epsilon", c.epsilon, configs::any_number(), "margin ε within which a pair is still kept");
}

configs::KindEntry multi_similarity_kind() {
  return configs::kind<MinerKindOf<MultiSimilarityMiner, MultiSimilarityConfig>>(
      "multi_similarity", "pairs within a margin of an anchor's hardest ones (Wang et al. 2019)");
}

MultiSimilarityMiner::MultiSimilarityMiner(const MultiSimilarityConfig& config) : epsilon_(config.epsilon) {
  configs::check(config, "[multi_similarity]");
}

PairMasks MultiSimilarityMiner::mine(const torch::Tensor& z, const PairMasks& pairs) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const torch::NoGradGuard no_grad;
  const auto similarity = torch::mm(z, z.t());
  const auto hardest_positive =
      similarity.masked_fill(pairs.positive.logical_not(), kInfinity).amin(1, /*keepdim=*/true);
  const auto hardest_negative =
      similarity.masked_fill(pairs.negative.logical_not(), -kInfinity).amax(1, /*keepdim=*/true);
  return {pairs.positive.logical_and(similarity - epsilon_ < hardest_negative),
          pairs.negative.logical_and(similarity + epsilon_ > hardest_positive)};
}

}  // namespace melomine::losses
