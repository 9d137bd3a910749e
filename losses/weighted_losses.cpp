#include "losses/weighted_losses.h"

#include <algorithm>
#include <functional>
#include <map>

#include "core/error.h"
#include "core/registry.h"

namespace melomine::losses {
namespace {

/// A selectable loss: how its fields are bound, and how it is made.
struct LossType {
  std::function<void(configs::Binder&, LossConfig&)> bind_fields;
  std::function<std::shared_ptr<Loss>(const LossConfig&, const LossContext&)> make;
};

LossType arcface_type() {
  return {[](configs::Binder& b, LossConfig& c) { bind(b, c.arcface); },
          [](const LossConfig& c, const LossContext& x) {
            return std::make_shared<ArcFace>(c.arcface, x.embedding_dim, x.song_classes, x.seed);
          }};
}

LossType domain_adversarial_type() {
  return {[](configs::Binder& b, LossConfig& c) { bind(b, c.domain_adversarial); },
          [](const LossConfig& c, const LossContext& x) {
            return std::make_shared<DomainAdversarial>(c.domain_adversarial, x.embedding_dim, x.domains,
                                                       x.seed);
          }};
}

LossType focal_type() {
  return {[](configs::Binder& b, LossConfig& c) { bind(b, c.focal); },
          [](const LossConfig& c, const LossContext& x) {
            return std::make_shared<Focal>(c.focal, x.embedding_dim, x.song_classes, x.seed);
          }};
}

LossType nt_xent_type() {
  return {[](configs::Binder& b, LossConfig& c) {
            bind(b, c.nt_xent);
            b.nested("miner", c.miner, "which pairs of the batch are learned from");
          },
          [](const LossConfig& c, const LossContext&) { return std::make_shared<NtXent>(c.nt_xent); }};
}

LossType triplet_type() {
  return {[](configs::Binder& b, LossConfig& c) {
            bind(b, c.triplet);
            b.nested("miner", c.miner, "which pairs of the batch are learned from");
          },
          [](const LossConfig& c, const LossContext&) { return std::make_shared<Triplet>(c.triplet); }};
}

const Registry<LossType>& types() {
  static const Registry<LossType> list{"loss",
                                       {{"arcface", arcface_type()},
                                        {"domain_adversarial", domain_adversarial_type()},
                                        {"focal", focal_type()},
                                        {"nt_xent", nt_xent_type()},
                                        {"triplet", triplet_type()}}};
  return list;
}

std::optional<MultiSimilarityMiner> make_miner(const MinerConfig& config) {
  using Miner = std::optional<MultiSimilarityMiner>;
  static const Registry<std::function<Miner(const MinerConfig&)>> miners{
      "miner",
      {{"multi_similarity", [](const MinerConfig& c) { return Miner(MultiSimilarityMiner(c.epsilon)); }},
       {"none", [](const MinerConfig&) { return Miner(); }}}};
  return miners.get(config.type)(config);
}

}  // namespace

void bind(configs::Binder& b, LossConfig& c) {
  b.choice("type", c.type, loss_types(), "which loss");
  b.number("weight", c.weight, configs::at_least(0), "its share in the sum");
  // A wrong type has been reported above (binders may go on to report more than one error).
  const auto known = loss_types();
  if (std::find(known.begin(), known.end(), c.type) != known.end()) types().get(c.type).bind_fields(b, c);
}

std::vector<std::string> loss_types() {
  return types().names();
}

std::shared_ptr<Loss> make_loss(const LossConfig& config, const LossContext& context) {
  return types().get(config.type).make(config, context);
}

WeightedLosses::WeightedLosses(const std::vector<LossConfig>& configs, const LossContext& context) {
  if (configs.empty()) throw ConfigError("losses: at least one is needed");
  std::map<std::string, int> seen;
  for (const auto& config : configs) {
    const int count = ++seen[config.type];
    const auto name = config.type + (count > 1 ? "_" + std::to_string(count) : "");
    entries_.push_back({name, config.weight, config.miner.domain_negatives, make_miner(config.miner),
                        register_module(name, make_loss(config, context))});
  }
}

std::optional<PairMasks> WeightedLosses::Entry::pairs(const LossInput& input) const {
  if (domain_negatives == DomainNegatives::kAll)
    return miner ? std::optional(miner->mine(input.z, input.groups)) : std::nullopt;
  require_labels(name.c_str(), "groups", input.z, input.groups);
  require_labels(name.c_str(), "domains", input.z, input.domains);
  const PairMasks paired = paired_domain_pairs(input.groups, input.domains);
  return miner ? miner->mine(input.z, paired) : paired;
}

LossReport WeightedLosses::forward(const LossInput& input) {
  LossReport report;
  for (const auto& entry : entries_) {
    LossInput seen = input;
    seen.mined = entry.pairs(input);
    const auto value = entry.loss->forward(seen);
    const auto weighted = value * entry.weight;
    report.total = report.total.defined() ? report.total + weighted : weighted;
    report.parts.emplace_back(entry.name, value.detach());
  }
  return report;
}

}  // namespace melomine::losses
