#include "losses/supcon.h"

#include <limits>

#include "configs/check.h"

namespace melomine::losses {
namespace {

/// log Σ exp over what a mask leaves of each row, [B, 1]; 0 where it leaves nothing, with no gradient.
torch::Tensor masked_logsumexp(const torch::Tensor& rows, const torch::Tensor& mask) {
  const auto empty = mask.any(1, /*keepdim=*/true).logical_not();
  return rows.masked_fill(mask.logical_not(), -std::numeric_limits<double>::infinity())
      .masked_fill(empty, 0.0)
      .logsumexp(1, /*keepdim=*/true)
      .masked_fill(empty, 0.0);
}

}  // namespace

void bind(configs::Binder& b, SupConConfig& c) {
  b.number("temperature", c.temperature, configs::above(0), "softmax temperature τ");
  b.enumeration("form", c.form, {{"out", SupConForm::kOut}, {"in", SupConForm::kIn}},
                "where an anchor's positives are averaged: out of the logarithm (eq. 2) or in it (eq. 3)");
}

configs::KindEntry supcon_kind() {
  return configs::kind<LossKindOf<SupCon, SupConConfig, LearnsFrom::kPairs>>(
      "supcon", "softmax of an anchor's positives over all pairs (Khosla et al. 2020, eqs. 2 and 3)");
}

SupCon::SupCon(const SupConConfig& config) : config_(config) {
  configs::check(config, "[supcon]");
}

torch::Tensor SupCon::forward(const LossInput& input) {
  require_pairs("supcon", input);
  const auto& [positive, negative] = input.pairs;
  const auto similarity = torch::mm(input.z, input.z.t()) / config_.temperature;
  const auto of_all = masked_logsumexp(similarity, positive.logical_or(negative));
  const auto counted = positive.any(1, /*keepdim=*/true);
  const auto positives = positive.sum(1, /*keepdim=*/true).clamp_min(1);
  const auto terms =
      config_.form == SupConForm::kOut
          ? (of_all - similarity).masked_fill(positive.logical_not(), 0.0).sum(1, true) / positives
          : of_all - masked_logsumexp(similarity, positive) + positives.to(similarity.scalar_type()).log();
  return mean_over(terms.masked_fill(counted.logical_not(), 0.0).sum(), counted.sum(), input.z);
}

}  // namespace melomine::losses
