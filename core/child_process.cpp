#include "core/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "core/cancellation.h"
#include "core/error.h"
#include "core/text.h"

namespace melomine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPoll_ms = 20;  // between looks at the clock and at the flag of cancellation
constexpr int kPieces =
    16;  // read in one go: whoever prints without end must not keep the clock from being seen
constexpr size_t kLastLines = 4;

/// An open file of this process.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor reading, writing;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw Error(std::string("cannot make a pipe: ") + std::strerror(errno));
    reading = Descriptor(ends[0]);
    writing = Descriptor(ends[1]);
  }
};

/// The last bytes of a stream.
class Tail {
 public:
  Tail(Descriptor from, size_t kept) : from_(std::move(from)), kept_(kept) {
    ::fcntl(from_.get(), F_SETFL, O_NONBLOCK);
  }
  int descriptor() const { return from_.get(); }
  bool is_open() const { return from_.get() >= 0; }
  /// Takes what is there, up to a limit, and closes the stream at its end.
  void take() {
    std::array<char, 65536> piece;
    for (int taken = 0; is_open() && taken < kPieces; ++taken) {
      const ssize_t got = ::read(from_.get(), piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return from_.close();
      text_.append(piece.data(), static_cast<size_t>(got));
      if (text_.size() > kept_) text_.erase(0, text_.size() - kept_);
    }
  }
  std::string text() const { return replace_invalid_utf8(text_); }

 private:
  Descriptor from_;
  size_t kept_;
  std::string text_;
};

/// What a child becomes: files are open in this process.
struct Start {
  const char* program = nullptr;
  char* const* words = nullptr;
  char* const* environment = nullptr;
  int output = -1, error = -1;  ///< standard output and error
  int report = -1;              ///< takes the number of the error where it cannot start
  pid_t parent = -1;
  const cpu_set_t* processors = nullptr;  ///< null: those of this process
};

/// In the child, between fork and exec: only what is safe there (signal-safety(7)).
[[noreturn]] void become(const Start& start) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != start.parent) ::_exit(127);  // it ended before the line above
  ::signal(SIGXFSZ, SIG_DFL);
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Without it the work is only slower.
  if (start.processors != nullptr) ::sched_setaffinity(0, sizeof(cpu_set_t), start.processors);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0 && ::dup2(nothing, STDIN_FILENO) >= 0 && ::dup2(start.output, STDOUT_FILENO) >= 0 &&
      ::dup2(start.error, STDERR_FILENO) >= 0) {
    ::close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    ::execve(start.program, start.words, start.environment);
  }
  const int reason = errno;
  [[maybe_unused]] const ssize_t told = ::write(start.report, &reason, sizeof(reason));
  ::_exit(127);
}

/// This process's variables and the given ones: "NAME=value".
std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!added.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

/// As exec wants them: pointers, and a null behind.
std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

Descriptor open_output(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (file.get() < 0)
    throw DataError(path.string(), "", fmt::format("cannot be written: {}", std::strerror(errno)));
  return file;
}

cpu_set_t set_of(const std::vector<int>& processors) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int processor : processors) CPU_SET(static_cast<size_t>(processor), &set);
  return set;
}

/// A program that runs.
class Child {
 public:
  Child(const std::vector<std::string>& words, const ChildOptions& options);
  ~Child() {
    if (running_) end();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits for output or an end, at most for a moment. @returns whether it has ended
  bool has_ended();
  /// Kills its process group, as far as there still is one, and takes leave of it. @returns how it ended
  ChildResult end();
  /// Asks the group to end, and kills it where it has not in time. @returns how it ended
  ChildResult end_gently(double grace_s);

 private:
  static int descriptor_of(const std::optional<Tail>& tail) { return tail ? tail->descriptor() : -1; }
  void take();

  std::optional<Tail> output_, error_;
  pid_t pid_ = -1;
  bool running_ = false;
};

Child::Child(const std::vector<std::string>& words, const ChildOptions& options) {
  if (words.empty()) throw DataError("no program is named");
  const std::string program = find_program(words[0]);
  if (program.empty()) throw DataError(fmt::format("cannot run {}: there is no such program", words[0]));
  const std::vector<char*> arguments = pointers_to(words);
  const std::vector<std::string> variables = environment_with(options.environment);
  const std::vector<char*> environment = pointers_to(variables);
  Pipe output, error, report;
  Descriptor file;
  if (!options.output.empty()) file = open_output(options.output);
  const auto target_of = [&](int own, const Pipe& kept) {
    return options.shows_output ? own : file.get() >= 0 ? file.get() : kept.writing.get();
  };
  const cpu_set_t processors = set_of(options.processors);
  const Start start = {.program = program.c_str(),
                       .words = arguments.data(),
                       .environment = environment.data(),
                       .output = target_of(STDOUT_FILENO, output),
                       .error = target_of(STDERR_FILENO, error),
                       .report = report.writing.get(),
                       .parent = ::getpid(),
                       .processors = options.processors.empty() ? nullptr : &processors};
  pid_ = ::fork();
  if (pid_ < 0) throw Error(fmt::format("cannot run {}: {}", words[0], std::strerror(errno)));
  if (pid_ == 0) become(start);
  running_ = true;
  ::setpgid(pid_, pid_);  // here as well: whichever is first
  output.writing.close();
  error.writing.close();
  report.writing.close();
  int reason = 0;
  ssize_t got = 0;
  do got = ::read(report.reading.get(), &reason, sizeof(reason));
  while (got < 0 && errno == EINTR);
  if (got == sizeof(reason)) {
    ::waitpid(pid_, nullptr, 0);
    running_ = false;
    throw DataError(fmt::format("cannot run {}: {}", words[0], std::strerror(reason)));
  }
  if (options.shows_output || file.get() >= 0) return;
  output_.emplace(std::move(output.reading), options.kept_bytes);
  error_.emplace(std::move(error.reading), options.kept_bytes);
}

void Child::take() {
  if (output_) output_->take();
  if (error_) error_->take();
}

bool Child::has_ended() {
  std::array<pollfd, 2> streams = {pollfd{descriptor_of(output_), POLLIN, 0},
                                   pollfd{descriptor_of(error_), POLLIN, 0}};
  ::poll(streams.data(), streams.size(), kPoll_ms);  // descriptors that are closed are passed over
  take();
  siginfo_t state{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         state.si_pid == pid_;
}

ChildResult Child::end() {
  ::kill(-pid_, SIGKILL);  // it still has its number: nobody else's group is meant
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  running_ = false;
  take();
  ChildResult result;
  if (WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (output_) result.standard_output = output_->text();
  if (error_) result.standard_error = error_->text();
  return result;
}

ChildResult Child::end_gently(double grace_s) {
  ::kill(-pid_, SIGTERM);
  const auto asked = Clock::now();
  while (!has_ended() && std::chrono::duration<double>(Clock::now() - asked).count() < grace_s) continue;
  ChildResult result = end();
  result.stopped = true;
  return result;
}

/// The last lines that are not blank, joined.
std::string last_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    line = line.substr(line.rfind('\r') + 1);  // of a bar that is drawn again and again, the last state
    if (const auto kept = trimmed(line); !kept.empty()) lines.emplace_back(kept);
  }
  if (lines.size() > kLastLines) lines.erase(lines.begin(), lines.end() - kLastLines);
  return fmt::format("{}", fmt::join(lines, " | "));
}

}  // namespace

std::string ChildResult::ending() const {
  if (timed_out()) return fmt::format("not finished after {:g} s, killed", timeout_s);
  if (signal != 0) {
    const char* name = ::sigabbrev_np(signal);
    return name == nullptr ? fmt::format("killed by signal {}", signal)
                           : fmt::format("killed by signal {} (SIG{})", signal, name);
  }
  return fmt::format("exit status {}", exit_status);
}

std::string ChildResult::failure() const {
  std::string told = last_lines(standard_error);
  if (told.empty()) told = last_lines(standard_output);
  return told.empty() ? ending() : ending() + ": " + told;
}

ChildResult run_child(const std::vector<std::string>& words, const ChildOptions& options) {
  if (!options.stop) throw_if_cancelled();
  Child child(words, options);
  const auto begin = Clock::now();
  while (!child.has_ended()) {
    if (!options.stop) throw_if_cancelled();
    if (options.stop && options.stop()) return child.end_gently(options.grace_s);
    if (options.timeout_s <= 0 ||
        std::chrono::duration<double>(Clock::now() - begin).count() < options.timeout_s)
      continue;
    ChildResult killed = child.end();
    killed.timeout_s = options.timeout_s;
    killed.exit_status = -1;
    return killed;
  }
  return child.end();
}

std::filesystem::path find_program(const std::string& name) {
  const auto may_run = [](const std::filesystem::path& path) {
    return std::filesystem::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) return may_run(name) ? std::filesystem::path(name) : "";
  const char* folders = std::getenv("PATH");
  std::istringstream list(folders == nullptr ? "/usr/local/bin:/usr/bin:/bin" : folders);
  for (std::string folder; std::getline(list, folder, ':');) {
    std::filesystem::path path = std::filesystem::path(folder.empty() ? "." : folder) / name;
    if (!name.empty() && may_run(path)) return path;
  }
  return {};
}

}  // namespace melomine
