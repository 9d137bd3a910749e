#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "configs/binder.h"
#include "losses/arcface.h"
#include "losses/domain_adversarial.h"
#include "losses/focal.h"
#include "losses/loss.h"
#include "losses/multi_similarity_miner.h"
#include "losses/nt_xent.h"
#include "losses/triplet.h"

namespace melomine::losses {

/// One entry of a YAML list of losses, `{type: nt_xent, weight: 1.0, temperature: 0.05}`: the fields of the
/// chosen type stand beside `type` and `weight`; those of the other types are not read.
struct LossConfig {
  std::string type = "nt_xent";
  double weight = 1;
  MinerConfig miner;  ///< of nt_xent and triplet
  NtXentConfig nt_xent;
  TripletConfig triplet;
  FocalConfig focal;
  ArcFaceConfig arcface;
  DomainAdversarialConfig domain_adversarial;
};
void bind(configs::Binder& b, LossConfig& c);

/// What losses with parameters must know to make them.
struct LossContext {
  int64_t embedding_dim = 128;  ///< D
  int64_t song_classes = 0;     ///< songs of the training set; arcface and focal need at least 2
  int64_t domains = 2;
  uint64_t seed = 0;  ///< the parameters' start is drawn from it alone
};

/// Names that LossConfig::type may have.
std::vector<std::string> loss_types();

/// @throws ConfigError for an unknown type, or a context that the type cannot do with
std::shared_ptr<Loss> make_loss(const LossConfig& config, const LossContext& context);

/// A value of the whole objective, and of its parts before weighting.
struct LossReport {
  torch::Tensor total;                                       ///< scalar, to call backward() on
  std::vector<std::pair<std::string, torch::Tensor>> parts;  ///< detached scalars, e.g. {"nt_xent", 1.23}
};

/// Σ weight · loss, each behind its own miner. Losses are submodules by their names ("nt_xent"; a second one
/// of a type is "nt_xent_2"), under which their parameters are saved.
class WeightedLosses : public torch::nn::Module {
 public:
  /// @throws ConfigError for an empty list, and as make_loss
  WeightedLosses(const std::vector<LossConfig>& configs, const LossContext& context);
  /// @param input  `mined` is ignored: each loss has its own miner. @throws ShapeError
  LossReport forward(const LossInput& input);

 private:
  struct Entry {
    std::string name;
    double weight;
    DomainNegatives domain_negatives;
    std::optional<MultiSimilarityMiner> miner;
    std::shared_ptr<Loss> loss;
    /// What the loss may look at; none: all pairs of the groups. @throws ShapeError
    std::optional<PairMasks> pairs(const LossInput& input) const;
  };
  std::vector<Entry> entries_;
};

}  // namespace melomine::losses
