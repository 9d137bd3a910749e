#include <fmt/format.h>

#include "cli/command.h"
#include "cli/experiment_options.h"
#include "cli/ranks.h"
#include "core/progress.h"
#include "experiments/training_job.h"

namespace melomine::cli {
namespace {

const CommandHelp kTrainHelp{
    "train",
    "Train an encoder of an experiment (the first, M_0, unless --round says otherwise), or continue it.",
    "EXPERIMENT.yaml [--round N] [key=value ...]",
    "  melomine train experiments/demo.yaml\n"
    "  melomine train experiments/chad_short.yaml seed=2 name=chad_short_seed2 train.device=cuda\n"
    "  melomine train experiments/demo.yaml train.length=2000s name=longer\n"
    "  melomine launch -n 2 -- train experiments/demo.yaml\n\n"
    "The same command again continues where the last one stopped, also after a kill, and ends with the "
    "same encoder.\n"
    "Everything lies in runs/NAME: checkpoints (last, best), metrics.jsonl, tensorboard/, experiment.yaml, "
    "run.log."};

int run_train(const Arguments& args) {
  po::options_description options("Options");
  add_experiment_options(options);
  options.add_options()("round", po::value<int>()->default_value(0)->value_name("N"),
                        "M_N, on hums and the rounds mined so far");
  const auto values = parse_arguments(kTrainHelp, options, {"experiment", "settings*"}, args);
  if (!values) return 0;
  require_options(kTrainHelp, *values, {"experiment"});
  const auto config = load_experiment(*values);
  const int round = round_of("train", *values);
  return as_one_of_ranks(config, command_line("train", args),
                         [&](const experiments::JobContext& context, RunObserver& observer) {
                           const auto result = experiments::run_training(config, round, context, observer);
                           if (!context.writes()) return 0;
                           if (result.was_done)
                             fmt::print("{} is finished already; its encoder: {}\n", result.run.string(),
                                        experiments::trained_checkpoint(config, round).string());
                           else
                             fmt::print("trained {} steps; encoder: {}\n", result.training.progress.step,
                                        result.training.best.string());
                           return 0;
                         });
}

}  // namespace

Command train_command() {
  return {kTrainHelp, run_train};
}

}  // namespace melomine::cli
