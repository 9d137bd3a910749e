#include <fmt/format.h>

#include "cli/command.h"
#include "cli/experiment_options.h"
#include "cli/ranks.h"
#include "core/progress.h"
#include "experiments/loop_job.h"
#include "experiments/rounds.h"
#include "report/report.h"

namespace melomine::cli {
namespace {

const CommandHelp kRunHelp{
    "run", "Run an experiment: train M_0, then mine, retrain and evaluate, round by round.",
    "EXPERIMENT.yaml [key=value ...]",
    "  melomine run experiments/demo.yaml\n"
    "  melomine run experiments/demo.yaml loop.rounds=4 loop.gate=validation name=four_rounds\n"
    "  melomine run experiments/demo.yaml seed=2 name=demo_seed2\n\n"
    "The same command again continues where the last one stopped, also after a kill, and ends with the "
    "same\n"
    "mined sets and encoders. Stages can be run alone: melomine train, mine and evaluate with --round N.\n"
    "Everything lies in runs/NAME: report.html, round_NN/{mine,train,evaluate}, experiment.yaml, run.log."};

int run_run(const Arguments& args) {
  po::options_description options("Options");
  add_experiment_options(options);
  const auto values = parse_arguments(kRunHelp, options, {"experiment", "settings*"}, args);
  if (!values) return 0;
  require_options(kRunHelp, *values, {"experiment"});
  const auto config = load_experiment(*values);
  return as_one_of_ranks(
      config, command_line("run", args), [&](const experiments::JobContext& context, RunObserver& observer) {
        const auto result = experiments::run_loop(
            config, context, [](const std::filesystem::path& run) { return report::write_run_report(run); },
            observer);
        if (!context.writes()) return 0;
        fmt::print("{}\nencoder: {}\nreport: {}\n",
                   report::run_table(experiments::layout_of(config).folder()), result.encoder.string(),
                   result.report.string());
        return 0;
      });
}

}  // namespace

Command run_command() {
  return {kRunHelp, run_run};
}

}  // namespace melomine::cli
