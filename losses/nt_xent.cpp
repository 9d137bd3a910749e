#include "losses/nt_xent.h"

#include <limits>

#include "configs/check.h"

namespace melomine::losses {
namespace {

/// Beyond this softplus(x) is x in double precision (e^-40 < 2^-53); libtorch's default of 20 is only so in
/// single.
constexpr double kSoftplusIsLinear = 40;

}  // namespace

void bind(configs::Binder& b, NtXentConfig& c) {
  b.number("temperature", c.temperature, configs::above(0), "softmax temperature τ");
  b.enumeration("denominator", c.denominator,
                {{"negatives", Denominator::kNegatives}, {"standard", Denominator::kStandard}},
                "negatives: other groups only (eq. 1); standard: and the positive itself");
}

configs::KindEntry nt_xent_kind() {
  return configs::kind<LossKindOf<NtXent, NtXentConfig, LearnsFrom::kPairs>>(
      "nt_xent", "softmax of positives over negatives (Amatov et al. 2023, eq. 1)");
}

NtXent::NtXent(const NtXentConfig& config) : config_(config) {
  configs::check(config, "[nt_xent]");
}

torch::Tensor NtXent::forward(const LossInput& input) {
  require_pairs("nt_xent", input);
  const auto& [positive, negative] = input.pairs;
  const auto similarity = torch::mm(input.z, input.z.t()) / config_.temperature;
  const auto has_negative = negative.any(1, /*keepdim=*/true);
  // Rows without a negative are filled with a constant: the log-sum of an empty row is -inf and its gradient
  // NaN, which no later mask would undo.
  const auto denominator =
      similarity.masked_fill(negative.logical_not(), -std::numeric_limits<double>::infinity())
          .masked_fill(has_negative.logical_not(), 0.0)
          .logsumexp(1, /*keepdim=*/true);
  const auto margin = denominator - similarity;
  const auto contributes = positive.logical_and(has_negative);
  const bool standard = config_.denominator == Denominator::kStandard;
  const auto terms = standard ? torch::softplus(margin, 1, kSoftplusIsLinear) : margin;
  const auto sum = terms.masked_fill(contributes.logical_not(), 0.0).sum();
  return mean_over(sum, (standard ? positive : contributes).sum(), input.z);
}

}  // namespace melomine::losses
