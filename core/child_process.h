#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace melomine {

struct ChildOptions {
  double timeout_s = 0;           ///< after which it is killed; 0 = none
  size_t kept_bytes = 16 * 1024;  ///< of what it prints, the last ones, of each stream
  /// A file that all it prints is appended to, in place of being kept; empty: none.
  std::filesystem::path output = {};
  bool shows_output = false;  ///< it prints where this process does, in place of being kept
  std::map<std::string, std::string> environment = {};  ///< variables it has beside those of this process
  std::vector<int> processors = {};  ///< numbers of those that it may run on; empty: those of this process
  /// Looked at again and again, in place of the user's wish to stop: where it holds, the program is asked to
  /// end (SIGTERM to its group), and killed where it has not after grace_s. Empty: none.
  std::function<bool()> stop = {};
  double grace_s = 120;
};

/// How a program ended.
struct ChildResult {
  int exit_status = -1;                         ///< -1 where a signal ended it
  int signal = 0;                               ///< that ended it; 0 = none
  double timeout_s = 0;                         ///< after which it was killed; 0 = it ended by itself
  bool stopped = false;                         ///< it was asked to end by ChildOptions::stop
  std::string standard_output, standard_error;  ///< the last bytes of them

  bool succeeded() const { return exit_status == 0; }
  bool timed_out() const { return timeout_s > 0; }
  /// "exit status 3", "killed by signal 11 (SIGSEGV)", "not finished after 30 s, killed".
  std::string ending() const;
  /// The ending with the last lines of what it printed: "exit status 1: no such model | usage: …". Standard
  /// error, or standard output where nothing stands there.
  std::string failure() const;
};

/// Runs a program to its end, without a shell: its arguments are passed as they are, whatever is in them. It
/// inherits the environment and the working directory, reads nothing, and has none of this process's files.
/// It is the head of a process group of its own; the whole group is killed at the timeout, when the user asks
/// to stop, and, where a process of it is left, when the program has ended. It is killed also when the
/// calling thread ends by whatever cause. May be called from several threads at once.
/// @param words  the program, by its path or as find_program finds it, then its arguments
/// @throws DataError where it cannot be started, with the reason; Cancelled when the user asked to stop
ChildResult run_child(const std::vector<std::string>& words, const ChildOptions& options = {});

/// Where a program lies: the name itself where a slash is in it, else what PATH has by this name. Empty where
/// there is no such file that may be executed.
std::filesystem::path find_program(const std::string& name);

}  // namespace melomine
