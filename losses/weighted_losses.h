#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "losses/loss.h"
#include "losses/loss_config.h"
#include "losses/miner.h"

namespace melomine::losses {

/// A value of the whole objective, and of its parts before weighting.
struct LossReport {
  torch::Tensor total;                                       ///< scalar, to call backward() on
  std::vector<std::pair<std::string, torch::Tensor>> parts;  ///< detached scalars, e.g. {"nt_xent", 1.23}
};

/// Σ weight · loss, each behind its own miner. Losses are submodules by their names ("nt_xent"; a second one
/// of a type is "nt_xent_2"), under which their parameters are saved.
class WeightedLosses : public torch::nn::Module {
 public:
  /// @throws ConfigError for an empty list, and as LossKind::make
  WeightedLosses(const std::vector<LossConfig>& configs, const LossContext& context);
  /// @param z  [B, D] fingerprints of unit norm
  /// @throws ShapeError for labels that a loss needs and that are absent or do not fit
  LossReport forward(const torch::Tensor& z, const BatchLabels& labels);

 private:
  struct Entry {
    std::string name;
    double weight;
    PairRule rule;
    std::unique_ptr<Miner> miner;  ///< none: the loss learns from no pairs
    std::shared_ptr<Loss> loss;
  };
  std::vector<Entry> entries_;
};

}  // namespace melomine::losses
