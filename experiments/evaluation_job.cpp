#include "experiments/evaluation_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/sha256.h"
#include "evaluation/broken_items.h"
#include "evaluation/evaluation_report.h"
#include "experiments/evaluation_inputs.h"
#include "experiments/leak_job.h"
#include "experiments/loaded_embedders.h"
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

/// @param encoder  the run's own; "" where no system hears by it
StageInputs inputs_of(const ExperimentConfig& config, const std::filesystem::path& encoder) {
  StageInputs inputs = evaluation_inputs(config);
  if (!encoder.empty()) inputs.emplace("encoder", sha256_of_file(encoder));
  return inputs;
}

/// What does not hear by the run's own encoder is the same in every round: round 0 has judged it. A set with
/// nothing else is judged again.
void leave_out_unlearned(evaluation::EvaluationConfig& settings) {
  auto learned = evaluation::systems_of_own_model(settings.systems);
  if (!learned.empty()) settings.systems = std::move(learned);
}

bool asks_own_model(const evaluation::EvaluationConfig& settings) {
  return !evaluation::systems_of_own_model(settings.systems).empty();
}

/// The settings of each set, as a round is judged by them.
std::vector<evaluation::EvaluationConfig> settings_of_round(const EvaluationPlan& plan, int round) {
  std::vector<evaluation::EvaluationConfig> all;
  for (const EvaluationSetConfig& set : plan.sets) {
    all.push_back(set.settings);
    if (round > 0) leave_out_unlearned(all.back());
  }
  return all;
}

/// Encoders of other runs that systems hear by, each once, in their order.
std::vector<std::string> checkpoints_of(const evaluation::EvaluationConfig& settings) {
  std::vector<std::string> checkpoints;
  for (const evaluation::SystemChoice& system : settings.systems)
    if (const std::string named = system.checkpoint();
        !named.empty() && std::find(checkpoints.begin(), checkpoints.end(), named) == checkpoints.end())
      checkpoints.push_back(named);
  return checkpoints;
}

/// Of all sets, each once.
std::vector<std::filesystem::path> checkpoints_asked(
    const std::vector<evaluation::EvaluationConfig>& settings, const std::filesystem::path& own) {
  std::set<std::filesystem::path> asked;
  if (!own.empty()) asked.insert(own);
  for (const evaluation::EvaluationConfig& set : settings)
    for (const std::string& checkpoint : checkpoints_of(set)) asked.insert(checkpoint);
  return {asked.begin(), asked.end()};
}

void name_models(evaluation::EvaluationSources& sources, const evaluation::EvaluationConfig& settings,
                 LoadedEmbedders& embedders) {
  if (asks_own_model(settings)) sources.model = {embedders.get("").sha256, embedders.get("").step};
  for (const std::string& checkpoint : checkpoints_of(settings)) {
    const auto& model = embedders.get(checkpoint);
    sources.checkpoints.push_back({{checkpoint, model.sha256}, model.step});
  }
}

}  // namespace

EvaluationJobResult run_evaluation(const ExperimentConfig& config, const EvaluationRequest& request,
                                   const JobContext& context, RunObserver& observer) {
  if (config.evaluate.sets.empty())
    throw ConfigError("evaluate.sets is empty; add at least {name: held_out} with data.held_out_songs > 0");
  const auto settings = settings_of_round(config.evaluate, request.round);
  std::filesystem::path own;
  if (std::any_of(settings.begin(), settings.end(), asks_own_model))
    own = request.checkpoint.empty() ? trained_checkpoint(config, request.round) : request.checkpoint;
  else if (!request.checkpoint.empty())
    throw ConfigError(fmt::format(
        "--checkpoint: no system of evaluate.sets hears by {}; each that needs an encoder names its own",
        request.checkpoint.string()));
  const RunLayout layout = layout_of(config);
  StageSpec spec{.kind = StageKind::kEvaluate,
                 .round = request.round,
                 .inputs = inputs_of(config, own),
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
  LoadedEmbedders embedders(own, config.train.device);
  std::vector<OpenSet> sets;
  for (size_t i = 0; i < settings.size(); ++i) {
    ProtocolContext protocol{.experiment = config, .checkpoints = {}, .broken = config.evaluate.broken()};
    if (asks_own_model(settings[i])) protocol.checkpoints.push_back(own);
    for (const std::string& checkpoint : checkpoints_of(settings[i]))
      protocol.checkpoints.emplace_back(checkpoint);
    sets.push_back(open_set(config.evaluate.sets[i], protocol, observer));
  }
  // All that can fail before the first is heard, encoders included.
  for (size_t i = 0; i < sets.size(); ++i) name_models(sets[i].set.sources, settings[i], embedders);
  const evaluation::EmbedderOf embedder = [&](const std::string& checkpoint) {
    return embedders.get(checkpoint).embedder.get();
  };
  const auto asked = checkpoints_asked(settings, own);
  const LeakReport leaks = asked.empty() ? LeakReport{} : check_leaks(config, asked, observer);
  stage->open();
  leaks.tell();
  for (size_t i = 0; i < sets.size(); ++i) {
    const auto folder = layout.evaluation(request.round, sets[i].set.name);
    make_folder(folder);  // before the work whose result it is to hold
    const auto report = evaluation::evaluate(sets[i].set, embedder, settings[i], observer);
    result.reports.push_back(evaluation::write_report(report, folder));
  }
  result.wall_s = stage->finish();
  return result;
}

}  // namespace melomine::experiments
