#include "losses/triplet.h"

namespace melomine::losses {

void bind(configs::Binder& b, TripletConfig& c) {
  b.number("margin", c.margin, configs::at_least(0),
           "by how much a negative must be farther, cosine distance");
  b.enumeration("mean", c.mean, {{"active", TripletMean::kActive}, {"all", TripletMean::kAll}},
                "active: over triplets whose loss is not zero; all: over every triplet");
}

torch::Tensor Triplet::forward(const LossInput& input) {
  const auto [positive, negative] = pairs_of("triplet", input);
  const auto similarity = torch::mm(input.z, input.z.t());
  // One row per positive pair, one column per candidate negative: [P, B].
  const auto pairs = positive.nonzero();
  const auto anchors = pairs.select(1, 0), others = pairs.select(1, 1);
  const auto to_positive = similarity.index({anchors, others}).unsqueeze(1);
  const auto valid = negative.index_select(0, anchors);
  const auto hinge = torch::relu(similarity.index_select(0, anchors) - to_positive + config_.margin)
                         .masked_fill(valid.logical_not(), 0.0);
  const auto counted = config_.mean == TripletMean::kAll ? valid : hinge.detach() > 0;
  const int64_t count = counted.sum().item<int64_t>();
  if (count == 0) return zero_loss(input.z);
  return hinge.sum() / static_cast<double>(count);
}

}  // namespace melomine::losses
