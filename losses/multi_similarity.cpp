#include "losses/multi_similarity.h"

#include <limits>

#include "configs/check.h"

namespace melomine::losses {
namespace {

/// log(1 + Σ exp) over what a mask leaves of each row, [B]; 0 where it leaves nothing.
torch::Tensor log1p_sum_exp(const torch::Tensor& rows, const torch::Tensor& mask) {
  const auto one = torch::zeros({rows.size(0), 1}, rows.options());  // e^0, so no row is empty
  const auto kept = rows.masked_fill(mask.logical_not(), -std::numeric_limits<double>::infinity());
  return torch::cat({one, kept}, 1).logsumexp(1);
}

}  // namespace

void bind(configs::Binder& b, MultiSimilarityLossConfig& c) {
  b.number("alpha", c.alpha, configs::above(0), "weight α of the positives' exponent");
  b.number("beta", c.beta, configs::above(0), "weight β of the negatives' exponent");
  b.number("base", c.base, configs::any_number(),
           "similarity λ that positives are to exceed and negatives to stay below");
}

configs::KindEntry multi_similarity_loss_kind() {
  return configs::kind<LossKindOf<MultiSimilarity, MultiSimilarityLossConfig, LearnsFrom::kPairs>>(
      "multi_similarity",
      "pairs weighted by how they compare with the others of an anchor (Wang et al. 2019)");
}

MultiSimilarity::MultiSimilarity(const MultiSimilarityLossConfig& config) : config_(config) {
  configs::check(config, "[multi_similarity]");
}

torch::Tensor MultiSimilarity::forward(const LossInput& input) {
  require_pairs("multi_similarity", input);
  const auto& [positive, negative] = input.pairs;
  const auto above_base = torch::mm(input.z, input.z.t()) - config_.base;
  const auto terms = log1p_sum_exp(-config_.alpha * above_base, positive) / config_.alpha +
                     log1p_sum_exp(config_.beta * above_base, negative) / config_.beta;
  const auto anchors = positive.logical_or(negative).any().to(torch::kInt64) * input.z.size(0);
  // Rows that a miner left out may hold what is no number: it shows all the same.
  return mean_over(terms.sum() + 0 * input.z.sum(), anchors, input.z);
}

}  // namespace melomine::losses
