#include "core/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "core/cancellation.h"
#include "core/error.h"
#include "core/text.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A script for /bin/sh, which the tests use as a program like any other.
ChildResult shell(const std::string& script, const ChildOptions& options = {}) {
  return run_child({"/bin/sh", "-c", script}, options);
}

/// Whether the process whose number a file holds is gone, within a second.
bool is_gone(const std::filesystem::path& number_file) {
  std::string text;
  std::getline(std::ifstream(number_file) >> std::ws, text);
  const auto number = parse<int>(trimmed(text));
  if (!number) return false;
  for (const auto start = Clock::now(); seconds_since(start) < 1;) {
    if (kill(*number, 0) != 0) return true;
    // Where nobody takes leave of orphans it stays as a zombie, which is as good as gone.
    std::ifstream state("/proc/" + std::to_string(*number) + "/stat");
    std::string line;
    if (!std::getline(state, line) || line.find(") Z ") != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST(ChildProcess, TellsTheExitStatus) {
  EXPECT_TRUE(run_child({"true"}).succeeded());
  const ChildResult failed = shell("echo one >&2; echo two >&2; echo out; exit 3");
  EXPECT_FALSE(failed.succeeded());
  EXPECT_EQ(failed.exit_status, 3);
  EXPECT_EQ(failed.failure(), "exit status 3: one | two");
  EXPECT_EQ(shell("echo usage; exit 1").failure(), "exit status 1: usage");
  EXPECT_EQ(run_child({"false"}).failure(), "exit status 1");
}

TEST(ChildProcess, TellsTheSignalThatEndedIt) {
  const ChildResult killed = shell("kill -SEGV $$");
  EXPECT_EQ(killed.signal, SIGSEGV);
  EXPECT_EQ(killed.exit_status, -1);
  EXPECT_FALSE(killed.timed_out());
  EXPECT_EQ(killed.ending(), "killed by signal 11 (SIGSEGV)");
}

TEST(ChildProcess, PassesArgumentsAsTheyAre) {
  const std::vector<std::string> odd = {"a b", "it's \"quoted\"", "$HOME `id` $(id)", "*", "; exit 7",
                                        "",    "back\\slash",     "line\nbreak"};
  std::vector<std::string> words = {"printf", "[%s]"};
  words.insert(words.end(), odd.begin(), odd.end());
  std::string expected;
  for (const std::string& word : odd) expected += "[" + word + "]";
  const ChildResult result = run_child(words);
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.standard_output, expected);
}

TEST(ChildProcess, InheritsTheEnvironmentAndReadsNothing) {
  setenv("MELOMINE_CHILD_TEST", "some value", 1);
  EXPECT_EQ(shell("printf %s \"$MELOMINE_CHILD_TEST\"").standard_output, "some value");
  unsetenv("MELOMINE_CHILD_TEST");
  EXPECT_EQ(shell("cat; echo end").standard_output, "end\n");
}

TEST(ChildProcess, HasNoneOfThisProcessesFiles) {
  const testing::TempFolder folder;
  FILE* open_file =
      std::fopen((folder / "held").c_str(), "w");  // not closed by exec, as C libraries open them
  ASSERT_NE(open_file, nullptr);
  const ChildResult result = run_child({"ls", "-l", "/proc/self/fd"});
  std::fclose(open_file);
  EXPECT_TRUE(result.succeeded());
  EXPECT_THAT(result.standard_output, ::testing::Not(HasSubstr("held")));
}

TEST(ChildProcess, LargeOutputsDoNotBlockAndTheLastOfThemIsKept) {
  // Ten MB to each stream in turn: more than pipes hold, so whoever reads one after the other waits for ever.
  const ChildResult result = shell(
      "head -c 10000000 /dev/zero | tr '\\0' e >&2; head -c 10000000 /dev/zero | tr '\\0' o; echo the end",
      {.timeout_s = 20, .kept_bytes = 100});
  EXPECT_TRUE(result.succeeded()) << result.failure();
  EXPECT_EQ(result.standard_error, std::string(100, 'e'));
  EXPECT_EQ(result.standard_output, std::string(92, 'o') + "the end\n");
}

TEST(ChildProcess, IsKilledAtTheTimeoutWithAllThatItStarted) {
  const testing::TempFolder folder;
  const auto start = Clock::now();
  const ChildResult result = run_child(
      {"/bin/sh", "-c", "trap '' TERM; sleep 60 & echo $! > \"$0\"; echo waiting >&2; wait", folder / "pid"},
      {.timeout_s = 0.3});
  EXPECT_LT(seconds_since(start), 5);
  EXPECT_TRUE(result.timed_out());
  EXPECT_FALSE(result.succeeded());
  EXPECT_EQ(result.failure(), "not finished after 0.3 s, killed: waiting");
  EXPECT_TRUE(is_gone(folder / "pid"));
}

TEST(ChildProcess, WhoeverPrintsWithoutEndIsKilledToo) {
  const auto start = Clock::now();
  EXPECT_TRUE(run_child({"yes"}, {.timeout_s = 0.2}).timed_out());
  EXPECT_LT(seconds_since(start), 5);
}

TEST(ChildProcess, WhatItLeavesBehindIsKilledAndNotWaitedFor) {
  const testing::TempFolder folder;
  const auto start = Clock::now();
  const ChildResult result =
      run_child({"/bin/sh", "-c", "sleep 60 & echo $! > \"$0\"; echo done", folder / "pid"});
  EXPECT_LT(seconds_since(start), 5);  // the sleeper holds the pipe open
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.standard_output, "done\n");
  EXPECT_TRUE(is_gone(folder / "pid"));
}

TEST(ChildProcess, IsKilledWhenTheUserAsksToStop) {
  const testing::TempFolder folder;
  std::thread user([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    set_cancellation_requested(true);
  });
  const auto start = Clock::now();
  EXPECT_THROW(run_child({"/bin/sh", "-c", "echo $$ > \"$0\"; sleep 60", folder / "pid"}), Cancelled);
  EXPECT_LT(seconds_since(start), 5);
  user.join();
  EXPECT_THROW(run_child({"true"}), Cancelled);
  set_cancellation_requested(false);
  EXPECT_TRUE(is_gone(folder / "pid"));
}

TEST(ChildProcess, AProgramThatIsNotThereIsToldByName) {
  const testing::TempFolder folder;
  for (const std::string& name : {std::string("no_such_program"), (folder / "absent").string()}) {
    EXPECT_TRUE(find_program(name).empty());
    try {
      run_child({name});
      ADD_FAILURE();
    } catch (const DataError& e) {
      EXPECT_THAT(e.what(), HasSubstr("cannot run " + name));
    }
  }
  EXPECT_THROW(run_child({}), DataError);
  // What is there, but no program.
  std::ofstream(folder / "text") << "words";
  EXPECT_TRUE(find_program(folder / "text").empty());
  std::filesystem::permissions(folder / "text", std::filesystem::perms::owner_all);
  try {
    run_child({folder / "text"});
    ADD_FAILURE();
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(), HasSubstr("Exec format error"));
  }
  EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
  EXPECT_THAT(find_program("sh").string(), ::testing::EndsWith("/sh"));
}

TEST(ChildProcess, ManyAtOnce) {
  std::vector<std::thread> threads;
  threads.reserve(8);
  std::vector<int> statuses(8);
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([i, &statuses] {
      statuses[static_cast<size_t>(i)] = shell("exit " + std::to_string(i)).exit_status;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(statuses, ::testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(ChildProcess, WhatItPrintsGoesToAFileThatIsAppendedTo) {
  const melomine::testing::TempFolder folder;
  const ChildOptions options = {.output = folder / "log"};
  EXPECT_TRUE(shell("echo one; echo two >&2", options).standard_output.empty());
  EXPECT_EQ(shell("echo three; exit 4", options).failure(), "exit status 4");
  std::ifstream in(folder / "log");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "one\ntwo\nthree\n");
  EXPECT_THROW(shell("true", {.output = folder / "none/log"}), DataError);
}

TEST(ChildProcess, IsAskedToEndAndKilledWhereItDoesNot) {
  const melomine::testing::TempFolder folder;
  const auto begun = [&] { return std::filesystem::exists(folder / "begun"); };
  const ChildOptions options = {.stop = begun, .grace_s = 0.3};
  const std::string begin = ": > " + (folder / "begun").string() + "; ";
  const ChildResult gentle = shell("trap 'exit 7' TERM; " + begin + "while :; do sleep 0.01; done", options);
  EXPECT_TRUE(gentle.stopped);
  EXPECT_EQ(gentle.exit_status, 7);
  std::filesystem::remove(folder / "begun");
  const ChildResult killed = shell("trap '' TERM; " + begin + "while :; do sleep 0.01; done", options);
  EXPECT_TRUE(killed.stopped);
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_FALSE(shell("true", {.stop = [] { return false; }}).stopped);
}

TEST(ChildProcess, MayRunOnSomeProcessorsOnly) {
  EXPECT_EQ(shell("nproc", {.processors = {0}}).standard_output, "1\n");
}

}  // namespace
}  // namespace melomine
