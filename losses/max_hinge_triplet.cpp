#include "losses/max_hinge_triplet.h"

#include <limits>
#include <utility>

#include "configs/check.h"

namespace melomine::losses {
namespace {

/// (of positives, of negatives), [B] each: one similarity for each anchor. Without any it is not to be used.
std::pair<torch::Tensor, torch::Tensor> similarities_of(HingeOf hinge_of, const torch::Tensor& similarity,
                                                        const PairMasks& pairs) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto not_positive = pairs.positive.logical_not(), not_negative = pairs.negative.logical_not();
  if (hinge_of == HingeOf::kHardest)
    return {similarity.masked_fill(not_positive, kInfinity).amin(1),
            similarity.masked_fill(not_negative, -kInfinity).amax(1)};
  return {similarity.masked_fill(not_positive, 0.0).sum(1) / pairs.positive.sum(1).clamp_min(1),
          similarity.masked_fill(not_negative, 0.0).sum(1) / pairs.negative.sum(1).clamp_min(1)};
}

}  // namespace

void bind(configs::Binder& b, MaxHingeTripletConfig& c) {
  b.number("margin", c.margin, configs::above(0),
           "by how much a positive must be more similar than a negative, cosine");
  b.enumeration("hinge_of", c.hinge_of, {{"hardest", HingeOf::kHardest}, {"mean", HingeOf::kMean}},
                "hardest: of an anchor's farthest positive and nearest negative; mean: of the means over its "
                "positives and its negatives, as system D's code");
}

configs::KindEntry max_hinge_triplet_kind() {
  return configs::kind<LossKindOf<MaxHingeTriplet, MaxHingeTripletConfig, LearnsFrom::kPairs>>(
      "max_hinge_triplet", "one hinge an anchor, on cosine similarity (system D)");
}

MaxHingeTriplet::MaxHingeTriplet(const MaxHingeTripletConfig& config) : config_(config) {
  configs::check(config, "[max_hinge_triplet]");
}

torch::Tensor MaxHingeTriplet::forward(const LossInput& input) {
  require_pairs("max_hinge_triplet", input);
  const auto counted = input.pairs.positive.any(1).logical_and(input.pairs.negative.any(1));
  const auto [to_positives, to_negatives] =
      similarities_of(config_.hinge_of, torch::mm(input.z, input.z.t()), input.pairs);
  const auto hinge = torch::relu(config_.margin - to_positives + to_negatives);
  return mean_over(hinge.masked_fill(counted.logical_not(), 0.0).sum(), counted.sum(), input.z);
}

}  // namespace melomine::losses
