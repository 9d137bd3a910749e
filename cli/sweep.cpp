#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/sweep_experiments.h"
#include "configs/settings.h"
#include "core/error.h"
#include "core/logging.h"
#include "core/progress.h"
#include "report/comparison.h"
#include "sweeps/board.h"
#include "sweeps/estimate.h"
#include "sweeps/planner.h"
#include "sweeps/worker.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;

const CommandHelp kSweepHelp{
    .name = "sweep",
    .summary = "Run an experiment over many settings and seeds, with any number of workers.",
    .usage =
        "SWEEP.yaml [key=value ...] [options]\n"
        "       melomine sweep work SWEEP.yaml|FOLDER [options]\n"
        "       melomine sweep status SWEEP.yaml|FOLDER",
    .examples =
        "  melomine sweep experiments/sweeps/kung_small.yaml --dry-run    # the points, and how long they "
        "take\n"
        "  melomine sweep experiments/sweeps/kung_small.yaml              # all of them, then what came of "
        "it\n"
        "  melomine sweep experiments/sweeps/kung_small.yaml --jobs 4     # four at once, with a quarter of "
        "the processors each\n"
        "  melomine sweep work runs/kung_small                            # beside others, on any machine\n"
        "  melomine sweep status runs/kung_small\n"
        "  melomine sweep experiments/sweeps/kung_small.yaml --retry-failed=signal,oom\n\n"
        "The same command again continues; what is finished is never done again, and a changed file adds "
        "points.\n"
        "Exit status: 0 all points are finished, 1 some failed, 3 (work, status) some are not through."};

constexpr int kFailedStatus = 1, kUnfinishedStatus = 3;
constexpr int64_t kMostJobs = 1024;

struct SweepCall {
  enum class Action { kRun, kWork, kStatus };
  Action action = Action::kRun;
  std::string target;  ///< file or folder
  std::vector<std::string> settings;
};

SweepCall call_of(std::vector<std::string> words) {
  SweepCall call;
  if (!words.empty() && words[0] == "work") call.action = SweepCall::Action::kWork;
  if (!words.empty() && words[0] == "status") call.action = SweepCall::Action::kStatus;
  if (call.action != SweepCall::Action::kRun) words.erase(words.begin());
  for (const std::string& word : words) {
    if (configs::is_setting(word))
      call.settings.push_back(word);
    else if (call.target.empty())
      call.target = word;
    else
      throw ConfigError(
          fmt::format("melomine sweep: takes one file or folder, got '{}' and '{}'", call.target, word));
  }
  if (call.target.empty())
    throw ConfigError("melomine sweep: SWEEP.yaml is missing; see melomine sweep --help");
  return call;
}

sweeps::DraftPlan plan_of(const SweepCall& call, bool write) {
  const SweepExperiments experiments;
  if (call.action != SweepCall::Action::kRun && !fs::exists(call.target))
    throw DataError(
        call.target, "",
        "there is no such file or folder; `melomine sweep SWEEP.yaml` plans a sweep, makes its folder "
        "and begins");
  if (!fs::is_directory(call.target))
    return write ? sweeps::make_plan(call.target, call.settings, experiments)
                 : sweeps::draft_plan(call.target, call.settings, experiments);
  if (call.action == SweepCall::Action::kRun)
    throw ConfigError(fmt::format("melomine sweep: {} is a folder; `melomine sweep work {}` works on it",
                                  call.target, call.target));
  if (!call.settings.empty())
    throw ConfigError("melomine sweep: settings go with a file; the points of a folder are as they are");
  sweeps::DraftPlan there;
  there.layout = sweeps::SweepLayout(call.target);
  there.plan = sweeps::read_plan(there.layout);
  return there;
}

/// Workers must see the points' runs by the paths that were planned.
void require_same_place(const sweeps::DraftPlan& draft) {
  for (const sweeps::Task& task : draft.plan.tasks) {
    const auto document = SweepExperiments().load(draft.layout.experiment(task.name));
    const configs::Value* runs = document.find("runs");
    std::error_code absent;
    fs::create_directories(draft.layout.runs(), absent);
    if (runs != nullptr && fs::equivalent(runs->text, draft.layout.runs(), absent)) return;
    throw ConfigError(
        fmt::format("{}: its points are to lie in {}, seen from another folder than this; start "
                    "workers where the sweep was planned",
                    draft.layout.folder().string(), runs == nullptr ? "" : runs->text));
  }
}

/// By this machine's clock, for people; workers ask the file system's.
sweeps::Board board_now(const sweeps::DraftPlan& draft) {
  return sweeps::read_board(draft.layout, draft.plan, static_cast<double>(std::time(nullptr)));
}

std::string time_text(const sweeps::Board& board, int64_t jobs) {
  const auto left_s = sweeps::time_left_s(board, jobs);
  if (!left_s) return "time: unknown until a point has finished";
  return fmt::format("time: about {} with {} at once", format_duration(*left_s), jobs);
}

void print_points(const sweeps::DraftPlan& draft, const sweeps::Board& board, int64_t jobs) {
  const auto labels = sweeps::labels_of(board);
  for (size_t i = 0; i < labels.size(); ++i) {
    const sweeps::TaskView& view = board.tasks[i];
    std::string how = to_string(view.status);
    if (view.claim) how += fmt::format(" by {} since {}", view.claim->worker, view.claim->since);
    fmt::print("{}  {}  ({})\n", view.task->shared ? "shared" : "point ", labels[i], how);
  }
  if (draft.repeated > 0) fmt::print("{} points were given more than once\n", draft.repeated);
  fmt::print("{}\n", sweeps::failures_of(board, draft.layout));
  fmt::print("{}: {}\n{}\n", draft.layout.folder().string(), summary_of(board), time_text(board, jobs));
}

int exit_status(const sweeps::Board& board) {
  if (board.is_finished()) return 0;
  const bool failed = board.count(sweeps::TaskStatus::kFailed, false) > 0;
  return failed ? kFailedStatus : kUnfinishedStatus;
}

/// "signal,oom" as a list. @throws ConfigError for what is no reason
std::vector<std::string> reasons_of(const std::string& text) {
  std::vector<std::string> reasons;
  std::istringstream words(text);
  const auto& known = sweeps::failure_reasons();
  for (std::string word; std::getline(words, word, ',');) {
    if (std::find(known.begin(), known.end(), word) == known.end())
      throw ConfigError(fmt::format("melomine sweep: --retry-failed: unknown reason '{}'; known: {}", word,
                                    fmt::join(known, ", ")));
    reasons.push_back(word);
  }
  return reasons;
}

po::options_description sweep_options() {
  po::options_description options("Options");
  auto add = options.add_options();
  add("words", po::value<std::vector<std::string>>(), "[work | status] FILE or FOLDER, key=value");
  add("dry-run", "print the points, and how long they take; nothing is written");
  add("jobs", po::value<int64_t>()->default_value(1)->value_name("N"),
      "points at once, each on its part of the processors");
  add("fail-fast", "end at the first point that fails, the others gently");
  add("keep-going", "go on after a point that fails (as without --fail-fast)");
  add("retry-failed", po::value<std::string>()->implicit_value("")->value_name("=REASONS"),
      "do failed points again; those alone that failed for these reasons: signal,oom,…");
  add("wait", "work: also wait for the points of other workers");
  add("lease", po::value<double>()->default_value(120)->value_name("S"),
      "seconds after which a point is free whose worker, on another machine, is not heard of");
  return options;
}

sweeps::WorkOptions work_options(const po::variables_map& values, const SweepCall& call) {
  if (values.count("fail-fast") > 0 && values.count("keep-going") > 0)
    throw ConfigError("melomine sweep: --fail-fast and --keep-going exclude each other");
  sweeps::WorkOptions options;
  options.program = fs::read_symlink("/proc/self/exe");
  options.jobs = values["jobs"].as<int64_t>();
  options.fail_fast = values.count("fail-fast") > 0;
  options.wait = call.action == SweepCall::Action::kRun || values.count("wait") > 0;
  options.lease_s = values["lease"].as<double>();
  if (options.jobs < 1 || options.jobs > kMostJobs)
    throw ConfigError(fmt::format("melomine sweep: --jobs must be 1 to {}, got {}", kMostJobs, options.jobs));
  if (!(options.lease_s >= 1))
    throw ConfigError(fmt::format("melomine sweep: --lease must be >= 1, got {}", options.lease_s));
  return options;
}

/// What came of the points, as far as there is anything to compare.
void print_comparison(const sweeps::DraftPlan& draft) {
  try {
    const auto comparison = report::compare(report::read_compared({draft.layout.folder()}));
    fmt::print("{}page: {}\n", comparison_text(comparison),
               report::write_comparison(comparison, draft.layout.folder()).string());
  } catch (const Error& e) {
    log_warning("{}", e.what());
  }
}

int work(const sweeps::DraftPlan& draft, const po::variables_map& values, const SweepCall& call) {
  const sweeps::WorkOptions options = work_options(values, call);
  require_same_place(draft);
  if (values.count("retry-failed") > 0) {
    const auto reasons = reasons_of(values["retry-failed"].as<std::string>());
    const int64_t freed = sweeps::retry_failed(draft.layout, reasons, options.lease_s);
    log_info("{} failed points are done again", freed);
  }
  ConsoleObserver console;
  sweeps::work_on(draft.layout, SweepExperiments(), options, console);
  const sweeps::Board board = board_now(draft);
  fmt::print("{}{}: {}\n", sweeps::failures_of(board, draft.layout), draft.layout.folder().string(),
             summary_of(board));
  if (call.action == SweepCall::Action::kRun && board.count(sweeps::TaskStatus::kFinished) > 0)
    print_comparison(draft);
  return exit_status(board);
}

int run_sweep(const Arguments& args) {
  const auto values = parse_arguments(kSweepHelp, sweep_options(), {"words*"}, args);
  if (!values) return 0;
  require_options(kSweepHelp, *values, {"words"});
  const SweepCall call = call_of((*values)["words"].as<std::vector<std::string>>());
  const bool status = call.action == SweepCall::Action::kStatus, dry = values->count("dry-run") > 0;
  const sweeps::DraftPlan draft = plan_of(call, !status && !dry);
  if (!status && !dry) return work(draft, *values, call);
  const sweeps::Board board = board_now(draft);
  print_points(draft, board, (*values)["jobs"].as<int64_t>());
  if (!dry && !fs::exists(draft.layout.plan()))
    fmt::print("not begun: `melomine sweep {}` plans the points and works on them\n", call.target);
  return dry ? 0 : exit_status(board);
}

}  // namespace

Command sweep_command() {
  return {kSweepHelp, run_sweep};
}

}  // namespace melomine::cli
