#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace melomine::testing {

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The melomine binary at work, for signals. What it prints goes to a file.
class StartedMelomine {
 public:
  StartedMelomine(std::vector<std::string> arguments, const std::filesystem::path& output) {
    arguments.insert(arguments.begin(), MELOMINE_BINARY);
    std::vector<char*> argv;
    for (std::string& word : arguments) argv.push_back(word.data());
    argv.push_back(nullptr);
    child_ = fork();
    if (child_ < 0) throw std::runtime_error("cannot fork");
    if (child_ != 0) return;
    const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  ~StartedMelomine() {
    if (child_ > 0) end_with(SIGKILL);
  }
  StartedMelomine(const StartedMelomine&) = delete;
  StartedMelomine& operator=(const StartedMelomine&) = delete;

  pid_t pid() const { return child_; }
  bool is_running() {
    if (child_ > 0 && waitpid(child_, &status_, WNOHANG) == child_) child_ = 0;
    return child_ > 0;
  }
  /// Sends the signal and waits. @returns exit status, or 128 + the signal that ended it
  int end_with(int signal) {
    if (child_ > 0) kill(child_, signal);
    return wait();
  }
  /// Waits for its end. @returns as end_with
  int wait() {
    if (child_ > 0) {
      waitpid(child_, &status_, 0);
      child_ = 0;
    }
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

 private:
  pid_t child_ = 0;
  int status_ = 0;
};

}  // namespace melomine::testing
