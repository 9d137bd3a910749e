#pragma once

#include "losses/loss.h"
#include "losses/loss_kind.h"

namespace melomine::losses {

/// Which of an anchor's positives and negatives its hinge is of.
enum class HingeOf {
  kHardest,  ///< the farthest positive and the nearest negative: the pair that violates the margin most
             ///< (ours)
  kMean,     ///< the means over its positives and over its negatives, as the published code of system D
};

struct MaxHingeTripletConfig {
  double margin = 0.5;  ///< by how much a positive must be more similar than a negative, cosine
  HingeOf hinge_of = HingeOf::kHardest;
};
void bind(configs::Binder& b, MaxHingeTripletConfig& c);

/// Max-hinge triplets on cosine similarity (system D: Jeong, Query-by-Humming with Melody Embedding DNN).
/// With P(i) and N(i) the positives and negatives of anchor i, and m the margin, anchor i costs
///   hardest: max(0, m - min over P(i) of <z_i, z_p> + max over N(i) of <z_i, z_n>),
///   mean:    max(0, m - mean over P(i) of <z_i, z_p> + mean over N(i) of <z_i, z_n>),
/// and the loss is the mean over anchors that have both, also those that cost nothing. Their text says no
/// more than "max hinge"; `mean` is what their code does with its 2 positives and 4 drawn negatives. A batch
/// here has far more negatives, whose mean says little, so the hardest is the default. No such anchor: 0.
class MaxHingeTriplet : public Loss {
 public:
  /// @throws ConfigError for a margin that is not > 0
  explicit MaxHingeTriplet(const MaxHingeTripletConfig& config = {});
  /// Needs z and pairs. @throws ShapeError
  torch::Tensor forward(const LossInput& input) override;

 private:
  MaxHingeTripletConfig config_;
};

}  // namespace melomine::losses
