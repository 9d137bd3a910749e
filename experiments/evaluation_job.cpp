#include "experiments/evaluation_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/corpus.h"
#include "embedding/load_embedder.h"
#include "evaluation/broken_items.h"
#include "evaluation/evaluation_report.h"
#include "experiments/protocol_kind.h"

namespace melomine::experiments {
namespace {

/// A set with the protocol that it reads its audio from.
struct OpenSet {
  std::unique_ptr<evaluation::Protocol> protocol;
  evaluation::EvaluationSet set;
};

OpenSet open_set(const EvaluationSetConfig& wanted, const ProtocolContext& context, RunObserver& observer) {
  OpenSet open;
  open.protocol = wanted.protocol->make(context);
  open.set = open.protocol->build();
  if (context.broken == evaluation::BrokenItems::kAreLeftOut && wanted.protocol->asks_of() == AsksOf::kFiles)
    evaluation::leave_out_broken(open.set, observer);
  open.set.name = wanted.name;
  return open;
}

StageInputs inputs_of(const ExperimentConfig& config, const std::filesystem::path& checkpoint) {
  StageInputs inputs = {{"encoder", sha256_of_file(checkpoint)}, {"evaluate", config.evaluate.sha256()}};
  bool reads_shards = false;
  EvaluationPlan plan = config.evaluate;
  for (size_t i = 0; i < plan.sets.size(); ++i) {
    auto& protocol = plan.sets[i].protocol;
    reads_shards = reads_shards || protocol->asks_of() == AsksOf::kCorpus;
    for (const auto& [key, path] : protocol->files())
      add_input(inputs, fmt::format("evaluate.sets[{}].{}", i, key), *path);
  }
  if (!reads_shards) return inputs;
  datasets::Corpus::require_ingested(config.data.shards);
  add_input(inputs, kShardsKey, config.data.shards);
  return inputs;
}

/// What hears without a model is the same in every round: round 0 has judged it. A set with nothing else is
/// judged again.
void leave_out_unlearned(evaluation::EvaluationConfig& settings) {
  auto learned = settings.systems;
  std::erase_if(learned, [](const auto& system) { return !system->needs_model(); });
  if (!learned.empty()) settings.systems = std::move(learned);
}

bool asks_a_model(const evaluation::EvaluationConfig& settings) {
  return std::any_of(settings.systems.begin(), settings.systems.end(),
                     [](const auto& system) { return system->needs_model(); });
}

}  // namespace

EvaluationJobResult run_evaluation(const ExperimentConfig& config, const EvaluationRequest& request,
                                   const JobContext& context, RunObserver& observer) {
  if (config.evaluate.sets.empty())
    throw ConfigError("evaluate.sets is empty; add at least {name: held_out} with data.held_out_songs > 0");
  const auto used =
      request.checkpoint.empty() ? trained_checkpoint(config, request.round) : request.checkpoint;
  const RunLayout layout = layout_of(config);
  StageSpec spec{.kind = StageKind::kEvaluate,
                 .round = request.round,
                 .inputs = inputs_of(config, used),
                 .outputs = {},
                 .repeat = request.repeat};
  for (const auto& set : config.evaluate.sets)
    spec.outputs.push_back(layout.evaluation_report(request.round, set.name));
  auto stage = Stage::begin(layout, std::move(spec), config, context);
  EvaluationJobResult result;
  if (!stage) {
    result.was_done = true;
    return result;
  }
  const auto model = embedding::load_identified_embedder(used, config.train.device);
  std::vector<OpenSet> sets;
  const ProtocolContext protocol{
      .experiment = config, .checkpoint = used, .broken = config.evaluate.broken()};
  for (const auto& wanted : config.evaluate.sets) sets.push_back(open_set(wanted, protocol, observer));
  stage->open();
  for (size_t i = 0; i < sets.size(); ++i) {
    const auto folder = layout.evaluation(request.round, sets[i].set.name);
    make_folder(folder);  // before the work whose result it is to hold
    evaluation::EvaluationConfig settings = config.evaluate.sets[i].settings;
    if (request.round > 0) leave_out_unlearned(settings);
    if (asks_a_model(settings)) sets[i].set.sources.model = {model.sha256, model.step};
    result.reports.push_back(
        evaluation::record_of(evaluation::evaluate(sets[i].set, model.embedder.get(), settings, observer)));
    evaluation::write_report(result.reports.back(), folder);
  }
  result.wall_s = stage->finish();
  return result;
}

}  // namespace melomine::experiments
