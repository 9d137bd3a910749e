#include "experiments/evaluation_inputs.h"

#include "datasets/corpus.h"
#include "experiments/protocol_kind.h"

namespace melomine::experiments {

StageInputs evaluation_inputs(const ExperimentConfig& config) {
  StageInputs inputs = {{"evaluate", config.evaluate.sha256()}};
  bool reads_shards = false;
  EvaluationPlan plan = config.evaluate;
  for (EvaluationSetConfig& set : plan.sets)
    reads_shards = reads_shards || set.protocol->asks_of() == AsksOf::kCorpus;
  for (const auto& [key, path] : files_of(plan)) add_input(inputs, "evaluate." + key, *path);
  for (const auto& [key, path] : folders_of(plan)) add_listing(inputs, "evaluate." + key, *path);
  if (!reads_shards) return inputs;
  datasets::Corpus::require_ingested(config.data.shards);
  add_input(inputs, kShardsKey, config.data.shards);
  return inputs;
}

}  // namespace melomine::experiments
