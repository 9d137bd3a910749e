#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "tests/e2e/tiny_experiment.h"
#include "tests/support/files_below.h"
#include "tests/support/started_melomine.h"

// What a batch system's signal does to commands that no batch file is for; those that have one are in
// slurm_test.cpp.

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::files_below;
using ::testing::HasSubstr;
using testing::run_melomine;
using testing::TempFolder;
using testing::TinyExperiment;

constexpr double kSoon_s = 60;  // on a machine with other work

/// Starts a command, and sends it a signal as soon as `begun` holds.
void preempt(const std::vector<std::string>& words, int signal, const std::function<bool()>& begun) {
  const TempFolder folder;
  testing::StartedMelomine command(words, folder / "log");
  const auto start = std::chrono::steady_clock::now();
  while (command.is_running() && !begun() && testing::seconds_since(start) < 120)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(command.end_with(signal), 75) << read_file(folder / "log");
  EXPECT_LT(testing::seconds_since(asked), kSoon_s);
  EXPECT_THAT(read_file(folder / "log"), HasSubstr("run the same command again to continue"));
}

/// Whether there is a file of this ending anywhere below a folder.
bool holds(const fs::path& folder, const std::string& ending) {
  std::error_code ignored;
  for (fs::recursive_directory_iterator at(folder, ignored), end; at != end; at.increment(ignored))
    if (at->path().string().ends_with(ending)) return true;
  return false;
}

TEST(E2ePreempted, SynthGoesOn) {
  const TempFolder folder;
  const auto words = [&](const char* out) {
    return std::vector<std::string>{"synth", "--songs",    "6",  "--covers", "2",         "--hums",
                                    "2",     "--duration", "60", "--out",    folder / out};
  };
  ASSERT_EQ(run_melomine(words("whole")).status, 0);
  preempt(words("pieces"), SIGUSR1, [&] { return holds(folder / "pieces", ".flac"); });
  EXPECT_EQ(run_melomine(words("pieces")).status, 0);
  EXPECT_TRUE(files_below(folder / "whole") == files_below(folder / "pieces"));
}

TEST(E2ePreempted, IndexAndEvaluateGoOn) {
  const TinyExperiment tiny;
  ASSERT_EQ(tiny.run("train", "a", {"train.length=4s", "train.validate_every=0s"}).status, 0);
  const std::string encoder = tiny.run_file("a", "round_00/train/last.safetensors");

  std::string table = "reference_id,path\n";
  for (int i = 0; i < 300; ++i)
    table +=
        "r" + std::to_string(i) + ",corpus/vocals/s0000" + std::to_string(1 + i % 8) + "_original.flac\n";
  write_file_atomically(tiny.path("references.csv"), table);
  const auto index = [&](const char* library) {
    return std::vector<std::string>{"index",           tiny.path(library),
                                    "--add",           tiny.path("references.csv"),
                                    "--checkpoint",    encoder,
                                    "--segment-songs", "16",
                                    "--no-recall"};
  };
  ASSERT_EQ(run_melomine(index("whole")).status, 0);
  preempt(index("pieces"), SIGTERM, [&] { return fs::exists(tiny.path("pieces/library.json")); });
  const auto last = run_melomine(index("pieces"));
  EXPECT_EQ(last.status, 0) << last.output;
  EXPECT_THAT(last.output, HasSubstr("songs       300"));
  EXPECT_THAT(last.output, ::testing::Not(HasSubstr(" 0 unchanged")));

  const std::vector<std::string> slow = {"train.length=4s", "train.validate_every=0s",
                                         "front_end.window.step_s=0.05"};
  for (const char* name : {"whole", "pieces"}) ASSERT_EQ(tiny.run("train", name, slow).status, 0);
  ASSERT_EQ(tiny.run("evaluate", "whole", slow).status, 0);
  preempt(tiny.words("evaluate", "pieces", slow), SIGTERM,
          [&] { return fs::exists(tiny.run_file("pieces", "round_00/evaluate/held_out")); });
  EXPECT_EQ(tiny.run("evaluate", "pieces", slow).status, 0);
  for (const char* set : {"held_out", "all"}) {
    const std::string file = std::string("round_00/evaluate/") + set + "/queries.csv";
    EXPECT_EQ(read_file(tiny.run_file("whole", file)), read_file(tiny.run_file("pieces", file)));
  }
}

}  // namespace
}  // namespace melomine
