#include "losses/weighted_losses.h"

#include <fmt/format.h>

#include <map>

#include "core/error.h"

namespace melomine::losses {
namespace {

/// Refuses a training set in which no two groups could ever be negatives.
void require_negatives(const std::string& type, Negatives negatives, const LossContext& context) {
  if (context.song_classes != 1) return;
  if (negatives == Negatives::kOtherSongs)
    throw ConfigError(fmt::format(
        "[{}] negatives: other_songs needs fragments of at least two songs, and there is one; set negatives: "
        "other_groups or train on more songs",
        type));
  if (negatives == Negatives::kOtherStretches && !context.knows_places)
    throw ConfigError(fmt::format(
        "[{}] negatives: other_stretches needs groups of at least two songs, or the originals in whose time "
        "they lie, and there is one song without; set negatives: other_groups or train on more songs",
        type));
}

}  // namespace

WeightedLosses::WeightedLosses(const std::vector<LossConfig>& configs, const LossContext& context) {
  if (configs.empty()) throw ConfigError("losses: at least one is needed");
  std::map<std::string, int> seen;
  for (const LossConfig& config : configs) {
    const std::string& type = config.loss.type();
    const bool of_pairs = config.loss->learns_from() == LearnsFrom::kPairs;
    if (of_pairs) require_negatives(type, config.miner.rule.negatives, context);
    const int count = ++seen[type];
    const std::string name = count > 1 ? fmt::format("{}_{}", type, count) : type;
    entries_.push_back({name, config.weight, config.miner.rule,
                        of_pairs ? config.miner.miner->make() : nullptr,
                        register_module(name, config.loss->make(context))});
  }
}

LossReport WeightedLosses::forward(const torch::Tensor& z, const BatchLabels& labels) {
  LossReport report;
  BatchPairs pairs(z, labels);
  for (const Entry& entry : entries_) {
    LossInput input{.z = z,
                    .pairs = {},
                    .songs = labels.songs,
                    .domains = labels.domains,
                    .recordings = labels.recordings};
    if (entry.miner != nullptr) input.pairs = entry.miner->mine(z, pairs.of(entry.rule));
    const auto value = entry.loss->forward(input);
    const auto weighted = value * entry.weight;
    report.total = report.total.defined() ? report.total + weighted : weighted;
    report.parts.emplace_back(entry.name, value.detach());
  }
  return report;
}

}  // namespace melomine::losses
