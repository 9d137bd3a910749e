#include <fmt/format.h>

#include <set>
#include <utility>
#include <vector>

#include "core/error.h"
#include "datasets/corpus.h"
#include "experiments/corpus_set.h"
#include "experiments/experiment_config.h"
#include "experiments/leak_check.h"
#include "experiments/protocol_kind.h"
#include "experiments/split.h"
#include "experiments/stage_inputs.h"

namespace melomine::experiments {
namespace {

/// The held-out songs' hums against every original of the shards.
class HeldOutProtocol : public evaluation::Protocol {
 public:
  HeldOutProtocol(const ExperimentConfig& config, std::vector<std::filesystem::path> checkpoints)
      : config_(config),
        checkpoints_(std::move(checkpoints)),
        corpus_(datasets::Corpus::open(config.data.shards, config.data.rendition)) {}

  evaluation::EvaluationSet build() const override {
    const Split split = split_songs(corpus_, config_.data, config_.seed);
    if (split.held_out.empty())
      throw ConfigError(
          "evaluate.sets: a set without queries searches the held-out songs' hums, and there are none; "
          "set data.held_out_songs");
    for (const auto& checkpoint : checkpoints_) refuse_known_songs(checkpoint, config_, corpus_, split);
    std::set<std::string> candidates = split.train;
    candidates.insert(split.validation.begin(), split.validation.end());
    candidates.insert(split.held_out.begin(), split.held_out.end());
    evaluation::EvaluationSet set = corpus_set(corpus_, split.held_out, candidates);
    if (set.queries.empty())
      throw ConfigError("evaluate.sets: the held-out songs have no hums in the shards");
    set.sources.corpus = {.shards = {config_.data.shards, sha256_of_input(kShardsKey, config_.data.shards)},
                          .rendition = to_string(config_.data.rendition),
                          .seed = config_.seed,
                          .songs = {split.held_out.begin(), split.held_out.end()}};
    return set;
  }

 private:
  const ExperimentConfig& config_;
  std::vector<std::filesystem::path> checkpoints_;
  datasets::Corpus corpus_;
};

class HeldOut : public configs::KindOf<HeldOut, ProtocolKind, configs::NoSettings> {
 public:
  AsksOf asks_of() const override { return AsksOf::kCorpus; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return std::make_unique<HeldOutProtocol>(context.experiment, context.checkpoints);
  }
};

}  // namespace

configs::KindEntry held_out_kind() {
  return configs::kind<HeldOut>("held_out", "hums of the held-out songs against all originals");
}

}  // namespace melomine::experiments
