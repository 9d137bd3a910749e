#include "tests/campaign/runner.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

namespace melomine::campaign {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// A process at work on a target.
struct Running {
  const Target* target = nullptr;
  pid_t pid = 0;
  std::unique_ptr<Progress> progress;
  int64_t at = -1;  ///< the mutant that it was last seen at, since when, and the time that it had worked then
  Clock::time_point since;
  double worked_s = 0;
  bool hung = false;
};

Running start(const Campaign& campaign, const Target& target) {
  const TargetFolder folder = folder_of(campaign, target);
  fs::create_directories(folder.base);
  Running running{
      .target = &target, .progress = std::make_unique<Progress>(folder.progress()), .since = Clock::now()};
  std::fflush(stdout);
  running.pid = fork();
  if (running.pid == 0) work(campaign, target);
  return running;
}

/// Time on the processor: on a busy machine other time says little.
double worked_s(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// Ends a process that is too long at one mutant: works on it for too long, or does nothing for far longer.
void watch(const Campaign& campaign, Running& running) {
  const int64_t at = running.progress->next();
  constexpr double kIdle = 15;  // times the limit
  if (at != running.at) {
    running.at = at;
    running.since = Clock::now();
    running.worked_s = worked_s(running.pid);
  } else if (worked_s(running.pid) - running.worked_s > campaign.limit_s ||
             std::chrono::duration<double>(Clock::now() - running.since).count() > kIdle * campaign.limit_s) {
    running.hung = true;
    kill(running.pid, SIGKILL);
  }
}

/// @returns whether the target is through; otherwise the next process goes on behind the mutant that ended
/// this one
bool is_through(const Campaign& campaign, Running& running, int status) {
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  const bool all_read = running.progress->next() >= campaign.mutants;
  if (WIFEXITED(status) && code == 0 && all_read) return true;
  if (code == kOwnFault) {
    std::fprintf(stderr, "mutate: %s is not read: %s\n", running.target->name.c_str(),
                 folder_of(campaign, *running.target).said().c_str());
    return true;
  }
  if (all_read) {  // leaks are told at the end
    keep(campaign, *running.target, campaign.mutants, "leaks");
    running.progress->close(Outcome::kSanitizer);
    return true;
  }
  const Outcome outcome = running.hung               ? Outcome::kHang
                          : code == kSanitizerStatus ? Outcome::kSanitizer
                                                     : Outcome::kCrash;
  keep(campaign, *running.target, running.progress->next(), kOutcomeNames[static_cast<size_t>(outcome)]);
  running.progress->close(outcome);
  return running.progress->next() >= campaign.mutants;
}

}  // namespace

void run(const Campaign& campaign, const std::vector<Target>& targets, size_t jobs) {
  std::vector<Running> at_work;
  size_t next = 0;
  while (next < targets.size() || !at_work.empty()) {
    while (at_work.size() < jobs && next < targets.size())
      at_work.push_back(start(campaign, targets[next++]));
    for (Running& running : at_work) {
      int status = 0;
      if (waitpid(running.pid, &status, WNOHANG) == 0) {
        watch(campaign, running);
      } else if (is_through(campaign, running, status)) {
        running.target = nullptr;
      } else {
        running = start(campaign, *running.target);
      }
    }
    std::erase_if(at_work, [](const Running& running) { return running.target == nullptr; });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Counts counts_of(const Campaign& campaign, const Target& target) {
  const Progress progress(folder_of(campaign, target).progress());
  Counts counts{};
  for (size_t i = 0; i < kOutcomes; ++i) counts[i] = progress.count(static_cast<Outcome>(i));
  return counts;
}

}  // namespace melomine::campaign
