#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace melomine::testing {

struct CommandResult {
  int status = -1;     ///< exit status, or 128 + signal; 127 when the program is not there
  std::string output;  ///< stdout and stderr together
};

/// Forks; the child runs a function, whose value becomes its exit status.
inline CommandResult run_child(const std::function<int()>& work) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    dup2(pipe_ends[1], STDERR_FILENO);
    _exit(work());
  }
  close(pipe_ends[1]);
  CommandResult result;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; (got = read(pipe_ends[0], piece.data(), piece.size())) > 0;)
    result.output.append(piece.data(), static_cast<size_t>(got));
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

/// Runs a program without a shell. @param words  the program, then its arguments
inline CommandResult run_command(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return run_child([&] { return execvp(argv[0], argv.data()) == 0 ? 0 : 127; });
}

}  // namespace melomine::testing
