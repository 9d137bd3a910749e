#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "cli/command.h"
#include "core/cancellation.h"
#include "core/child_process.h"
#include "core/error.h"
#include "core/processors.h"
#include "core/scratch_folder.h"
#include "distributed/launch_environment.h"
#include "distributed/process_group.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

const CommandHelp kLaunchHelp{
    "launch", "Start several processes on this machine that do one command together: train or run.",
    "-n RANKS [--] COMMAND [arguments]",
    "  melomine launch -n 2 -- train experiments/demo.yaml\n"
    "  melomine launch -n 4 -- run experiments/demo.yaml train.ranks.batch_norm=synchronised\n\n"
    "Each process has its part of the processors and of every batch. On several machines use torchrun, srun "
    "or\n"
    "mpirun in place of this command. Where a process ends, all do; the same command again continues."};

constexpr auto kFarewell = std::chrono::seconds(20);  // for the others to end by themselves when one failed

/// What one option of this command takes up of the words, the rest being the command that is launched.
struct Words {
  Arguments own, launched;
};

Words split(const Arguments& args) {
  Words words;
  size_t i = 0;
  while (i < args.size() && args[i].starts_with("-") && args[i] != "--") {
    const bool takes_value = args[i] == "-n" || args[i] == "--ranks";
    words.own.push_back(args[i++]);
    if (takes_value && i < args.size()) words.own.push_back(args[i++]);
  }
  if (i < args.size() && args[i] == "--") ++i;
  words.launched.assign(args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
  return words;
}

/// Processes of one command, until all have ended.
class Launch {
 public:
  Launch(Arguments command, int ranks) : command_(std::move(command)), ranks_(ranks) {}

  /// @returns the exit status of the first that failed, or 0
  int run() {
    const auto processors = divide_processors(ranks_);
    std::vector<std::thread> threads;
    threads.reserve(static_cast<size_t>(ranks_));
    for (int rank = 0; rank < ranks_; ++rank)
      threads.emplace_back(
          [this, rank, &processors] { run_rank(rank, processors[static_cast<size_t>(rank)]); });
    for (auto& thread : threads) thread.join();
    throw_if_cancelled();
    if (!failure_.empty()) throw Error(failure_ + "; run the same command again to continue");
    return status_;
  }

 private:
  void run_rank(int rank, const std::vector<int>& processors) {
    ChildOptions options;
    options.shows_output = true;
    options.processors = processors;
    options.environment = {{"RANK", std::to_string(rank)},
                           {"WORLD_SIZE", std::to_string(ranks_)},
                           {"LOCAL_RANK", std::to_string(rank)},
                           {distributed::kRendezvousVariable, (folder_.path() / "store").string()}};
    options.stop = [this] { return cancellation_requested() || is_over(); };
    std::vector<std::string> words = {fs::read_symlink("/proc/self/exe").string()};
    words.insert(words.end(), command_.begin(), command_.end());
    try {
      note_end(rank, run_child(words, options));
    } catch (const std::exception& e) {
      note_failure(fmt::format("rank {} of {}: {}", rank, ranks_, e.what()), 1);
    }
  }

  void note_end(int rank, const ChildResult& result) {
    if (result.succeeded() || cancellation_requested()) return;
    // What a process found wrong it has printed itself.
    note_failure(result.signal == 0 ? "" : fmt::format("rank {} of {}: {}", rank, ranks_, result.ending()),
                 result.signal == 0 ? result.exit_status : 1);
  }

  void note_failure(const std::string& what, int status) {
    const std::lock_guard lock(mutex_);
    if (status_ != 0) return;
    failure_ = what;
    status_ = status;
    failed_ = Clock::now();
  }

  bool is_over() {
    const std::lock_guard lock(mutex_);
    return status_ != 0 && Clock::now() - failed_ > kFarewell;
  }

  Arguments command_;
  int ranks_;
  ScratchFolder folder_{fs::temp_directory_path()};
  std::mutex mutex_;
  int status_ = 0;
  std::string failure_;
  Clock::time_point failed_;
};

int run_launch(const Arguments& args) {
  const Words words = split(args);
  int ranks = 0;
  po::options_description options("Options");
  options.add_options()("ranks,n", po::value<int>(&ranks)->value_name("RANKS"),
                        "processes that work together");
  const auto values = parse_arguments(kLaunchHelp, options, {}, words.own);
  if (!values) return 0;
  require_options(kLaunchHelp, *values, {"ranks"});
  if (ranks < 1 || ranks > 1024)
    throw ConfigError(fmt::format("melomine launch: -n {}: must be from 1 to 1024", ranks));
  if (words.launched.empty() || (words.launched[0] != "train" && words.launched[0] != "run"))
    throw ConfigError(fmt::format("melomine launch: give the command that is launched, train or run{}",
                                  words.launched.empty() ? "" : ", not '" + words.launched[0] + "'"));
  if (ranks > 1 && !distributed::can_join())
    throw ConfigError("melomine launch: this build trains by one process: it was built without Gloo");
  return Launch(words.launched, ranks).run();
}

}  // namespace

Command launch_command() {
  return {kLaunchHelp, run_launch};
}

}  // namespace melomine::cli
