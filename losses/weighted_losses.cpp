#include "losses/weighted_losses.h"

#include <map>

#include "core/error.h"

namespace melomine::losses {

void bind(configs::Binder& b, LossConfig& c) {
  b.variant(c.loss);
  b.number("weight", c.weight, configs::at_least(0), "its share in the sum");
  if (c.loss->learns_from() == LearnsFrom::kPairs)
    b.nested("miner", c.miner, "which pairs of the batch are learned from");
}

WeightedLosses::WeightedLosses(const std::vector<LossConfig>& configs, const LossContext& context) {
  if (configs.empty()) throw ConfigError("losses: at least one is needed");
  std::map<std::string, int> seen;
  for (const LossConfig& config : configs) {
    const std::string& type = config.loss.type();
    const int count = ++seen[type];
    const auto name = type + (count > 1 ? "_" + std::to_string(count) : "");
    const bool of_pairs = config.loss->learns_from() == LearnsFrom::kPairs;
    entries_.push_back({name, config.weight, config.miner.domain_negatives,
                        of_pairs ? config.miner.miner->make() : nullptr,
                        register_module(name, config.loss->make(context))});
  }
}

LossReport WeightedLosses::forward(const torch::Tensor& z, const BatchLabels& labels) {
  LossReport report;
  BatchPairs pairs(z, labels);
  for (const Entry& entry : entries_) {
    LossInput input{.z = z, .pairs = {}, .songs = labels.songs, .domains = labels.domains};
    if (entry.miner != nullptr) input.pairs = entry.miner->mine(z, pairs.of(entry.domain_negatives));
    const auto value = entry.loss->forward(input);
    const auto weighted = value * entry.weight;
    report.total = report.total.defined() ? report.total + weighted : weighted;
    report.parts.emplace_back(entry.name, value.detach());
  }
  return report;
}

}  // namespace melomine::losses
