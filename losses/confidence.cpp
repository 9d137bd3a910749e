#include "losses/confidence.h"

#include <cmath>
#include <limits>

#include "configs/check.h"

namespace melomine::losses {
namespace {

/// Beyond this softplus(x) is x in double precision, as e^-40 < 2^-53.
constexpr double kConfidenceIsLinear = 40;

}  // namespace

void bind(configs::Binder& b, ConfidenceConfig& c) {
  b.number("temperature", c.temperature, configs::above(0),
           "softmax temperature τ at the start; it is learned");
  b.number("min_temperature", c.min_temperature, configs::above(0), "τ is kept at or above it");
  b.number("max_temperature", c.max_temperature, configs::above(0), "τ is kept at or below it");
  b.require(c.min_temperature <= c.temperature && c.temperature <= c.max_temperature, "temperature",
            "must lie between min_temperature and max_temperature");
}

configs::KindEntry confidence_kind() {
  return configs::kind<LossKindOf<Confidence, ConfidenceConfig, LearnsFrom::kPairs>>(
      "confidence",
      "probability of each positive over the whole batch, with a learned temperature (system E)");
}

Confidence::Confidence(const ConfidenceConfig& config) : config_(config) {
  configs::check(config, "[confidence]");
  log_scale_ = register_parameter("log_scale", torch::full({1}, -std::log(config.temperature)));
}

torch::Tensor Confidence::forward(const LossInput& input) {
  require_pairs("confidence", input);
  {
    const torch::NoGradGuard no_grad;
    log_scale_.clamp_(-std::log(config_.max_temperature), -std::log(config_.min_temperature));
  }
  const auto& [positive, negative] = input.pairs;
  const auto similarity = torch::mm(input.z, input.z.t()) * log_scale_.exp();
  const auto has_negative = negative.any(1, /*keepdim=*/true);
  // Rows without a negative are filled with a constant: the log-sum of an empty row is -inf, its gradient
  // NaN.
  const auto of_negatives =
      similarity.masked_fill(negative.logical_not(), -std::numeric_limits<double>::infinity())
          .masked_fill(has_negative.logical_not(), 0.0)
          .logsumexp(1, /*keepdim=*/true);
  // -log p = log(1 + exp(of_negatives - similarity)).
  const auto terms = torch::softplus(of_negatives - similarity, 1, kConfidenceIsLinear);
  const auto sum = terms.masked_fill(positive.logical_and(has_negative).logical_not(), 0.0).sum();
  return mean_over(sum, positive.sum(), input.z);
}

}  // namespace melomine::losses
