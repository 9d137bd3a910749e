#include "losses/triplet.h"

namespace melomine::losses {

void bind(configs::Binder& b, TripletConfig& c) {
  b.number("margin", c.margin, configs::at_least(0),
           "by how much a negative must be farther, cosine distance");
  b.enumeration("mean", c.mean, {{"active", TripletMean::kActive}, {"all", TripletMean::kAll}},
                "active: over triplets whose loss is not zero; all: over every triplet");
}

configs::KindEntry triplet_kind() {
  return configs::kind<LossKindOf<Triplet, TripletConfig, LearnsFrom::kPairs>>(
      "triplet", "positives nearer than negatives by a margin, cosine distance");
}

torch::Tensor Triplet::forward(const LossInput& input) {
  require_pairs("triplet", input);
  const auto& [positive, negative] = input.pairs;
  const auto similarity = torch::mm(input.z, input.z.t());
  // One row per positive pair, one column per candidate negative: [P, B].
  const auto pairs = positive.nonzero();
  const auto anchors = pairs.select(1, 0), others = pairs.select(1, 1);
  const auto to_positive = similarity.index({anchors, others}).unsqueeze(1);
  const auto valid = negative.index_select(0, anchors);
  const auto hinge = torch::relu(similarity.index_select(0, anchors) - to_positive + config_.margin)
                         .masked_fill(valid.logical_not(), 0.0);
  const auto counted = config_.mean == TripletMean::kAll ? valid : hinge.detach() > 0;
  return mean_over(hinge.sum(), counted.sum(), input.z);
}

}  // namespace melomine::losses
