#include <fmt/format.h>

#include <cstdlib>

#include "cli/command.h"
#include "cli/experiment_options.h"
#include "cli/startup.h"
#include "core/logging.h"
#include "core/progress.h"
#include "core/work_share.h"
#include "experiments/mining_job.h"

namespace melomine::cli {
namespace {

const CommandHelp kMineHelp{
    "mine", "Mine aligned fragments of originals and covers with an experiment's encoder (Algorithm 1).",
    "EXPERIMENT.yaml [--round N] [--worker R/N] [--plan] [key=value ...]",
    "  melomine mine experiments/demo.yaml                    # round 1, with M_0 of `melomine train`\n"
    "  melomine mine experiments/demo.yaml --round 2\n"
    "  melomine mine experiments/demo.yaml --plan             # how much there is to do\n"
    "  melomine mine experiments/demo.yaml --worker 0/3       # and 1/3, 2/3: on other processes or "
    "machines\n"
    "  melomine mine experiments/demo.yaml --checkpoint best.safetensors name=other_encoder\n\n"
    "Parts of a few songs are the unit of resuming and of spreading: the same command again continues, and "
    "any\n"
    "number of workers that share the run's folder give the mined set of one. The worker that finds all "
    "parts\n"
    "present writes mined.h5, mined.csv (CHAD's columns) and summary.json."};

/// As given, else as the job array has it, else all.
WorkShare worker_of(const po::variables_map& values) {
  if (values.count("worker") > 0) return parse_share(values["worker"].as<std::string>());
  const auto share = share_of_slurm_array([](const char* name) { return std::getenv(name); });
  if (share)
    log_info("worker {}/{}, as SLURM's job array has it; --worker 0/1 would mine all", share->index,
             share->count);
  return share.value_or(WorkShare{});
}

void print_plan(const experiments::MiningOutline& outline) {
  fmt::print("{} songs with {} covers, {:.1f} hours of audio, in {} parts, of which {} are mined\n",
             outline.songs, outline.covers, outline.audio_s / 3600, outline.parts, outline.parts_present);
}

int run_mine(const Arguments& args) {
  po::options_description options("Options");
  add_experiment_options(options);
  auto add = options.add_options();
  add("round", po::value<int>()->default_value(1)->value_name("N"), "round to mine, from 1");
  add("worker", po::value<std::string>()->value_name("R/N"),
      "mine parts R, R + N, R + 2 N, … only; in a job array of SLURM it is the task's own unless given");
  add("plan", po::bool_switch(), "only say what there is to mine, and how much of it is mined");
  add("checkpoint", po::value<std::string>()->default_value("")->value_name("FILE"),
      "encoder to mine with, in place of the run's own");
  const auto values = parse_arguments(kMineHelp, options, {"experiment", "settings*"}, args);
  if (!values) return 0;
  require_options(kMineHelp, *values, {"experiment"});
  const auto config = load_experiment(*values);
  const int round = (*values)["round"].as<int>();
  const std::string checkpoint = (*values)["checkpoint"].as<std::string>();
  if ((*values)["plan"].as<bool>()) {
    print_plan(experiments::outline_mining(config, round, checkpoint));
    return 0;
  }
  const WorkShare worker = worker_of(*values);
  ConsoleObserver console;
  const auto result = experiments::run_mining(config, round, worker, checkpoint,
                                              {describe_build(), command_line("mine", args)}, console);
  if (result.complete) {
    fmt::print("{}mined set: {}\n", result.was_done ? "finished already; " : "",
               experiments::layout_of(config).mined_table(round).string());
  } else {
    fmt::print("{} of {} parts are there; the other workers have the rest\n", result.parts_present,
               result.parts);
  }
  return 0;
}

}  // namespace

Command mine_command() {
  return {kMineHelp, run_mine};
}

}  // namespace melomine::cli
