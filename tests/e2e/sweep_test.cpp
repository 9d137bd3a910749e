#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/random.h"
#include "tests/e2e/loop_experiment.h"
#include "tests/support/started_melomine.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::CommandResult;
using testing::expect_refusal;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LoopExperiment;
using ::testing::Not;
using testing::run_melomine;
using testing::StartedMelomine;

/// A sweep over the experiment that goes round the loop, in few steps.
class TinySweep : public LoopExperiment {
 public:
  explicit TinySweep(const std::string& section) { write(section); }

  void write(const std::string& section, const std::string& more = "") {
    write_file_atomically(path("sweep.yaml"),
                          "extends: tiny.yaml\nname: sweep\nloop: {rounds: 1}\n"
                          "train: {length: 6s, checkpoint_every: 2s, validate_every: 3s}\n"
                          "evaluate: {sets: [{name: held_out, bootstrap_resamples: 100}]}\n" +
                              more + "sweep:\n" + section);
  }
  std::vector<std::string> words(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"sweep", path("sweep.yaml")};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  CommandResult sweep(const std::vector<std::string>& more = {}) const { return run_melomine(words(more)); }
  std::string folder() const { return path("runs/sweep"); }

  /// Folders of points, by their names.
  std::map<std::string, fs::path> points() const {
    std::map<std::string, fs::path> all;
    for (const auto& entry : fs::directory_iterator(folder() + "/points"))
      all[entry.path().filename().string()] = entry.path();
    return all;
  }
  /// The only point whose folder begins so.
  std::string point(const std::string& prefix) const {
    std::string found;
    for (const auto& [name, path] : points())
      if (name.starts_with(prefix)) found = found.empty() ? name : "several";
    return found;
  }
  std::vector<std::string> left_over_files() const {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder()))
      if (entry.path().extension() == ".tmp" || entry.path().extension() == ".part")
        files.push_back(entry.path().string());
    return files;
  }
};

/// Inode and time of every file that marks a finished stage.
std::map<std::string, std::pair<uint64_t, int64_t>> finished_stages(const fs::path& folder) {
  std::map<std::string, std::pair<uint64_t, int64_t>> stages;
  std::error_code ignored;
  for (auto it = fs::recursive_directory_iterator(folder, ignored); it != fs::recursive_directory_iterator();
       it.increment(ignored)) {
    struct stat status {};
    if (it->path().filename() == "DONE" && ::stat(it->path().c_str(), &status) == 0)
      stages[it->path().string()] = {status.st_ino,
                                     status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
  }
  return stages;
}

TEST(E2eSweep, APointIsTheSameAloneAndAnM0IsTrainedOnce) {
  const TinySweep tiny("  points:\n    - grid: {mine.match.relevant: [0.5, 0.6]}\n");
  const CommandResult result = tiny.sweep();
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("2 of 2 points finished"));
  EXPECT_THAT(result.output, HasSubstr("best: mine.match.relevant=0."));
  const CommandResult compared = run_melomine(
      {"compare", tiny.folder(), "--base", "relevant=0.6", "--metric", "top10", "--format", "csv"});
  EXPECT_THAT(compared.output, HasSubstr("mine.match.relevant=0.6,1,true,"));
  EXPECT_TRUE(fs::exists(tiny.folder() + "/comparison.html"));
  const auto alone =
      run_melomine({"run", tiny.path("tiny.yaml"), "name=alone", "loop.rounds=1", "train.length=6s",
                    "train.checkpoint_every=2s", "train.validate_every=3s",
                    "evaluate.sets=[{name: held_out, bootstrap_resamples: 100}]", "mine.match.relevant=0.6"});
  ASSERT_EQ(alone.status, 0) << alone.output;
  const std::string point = tiny.point("relevant=0.6,"), first = tiny.point("M_0,");
  for (const std::string& file : LoopExperiment::results(1))
    EXPECT_TRUE(read_file(tiny.run_file("alone", file)) ==
                read_file(fs::path(tiny.folder()) / "points" / point / file))
        << file;
  // Of the two points neither trained it: its checkpoint is the same file.
  EXPECT_TRUE(fs::equivalent(tiny.folder() + "/points/" + point + "/round_00/train/last.safetensors",
                             tiny.folder() + "/points/" + first + "/round_00/train/last.safetensors"));
  EXPECT_THAT(read_file(tiny.folder() + "/points/" + point + "/output.log"), HasSubstr("encoder: "));
}

TEST(E2eSweep, ListsPointsAndStatusAndRefusesWhatIsWrongBeforeAnythingRuns) {
  TinySweep tiny("  seeds: [1, 2]\n  points:\n    - grid: {\"losses[0].temperature\": [0.1, -1]}\n");
  expect_refusal(tiny.sweep(), 2, "sweep.yaml:9: losses[0].temperature = -1: must be > 0");
  EXPECT_FALSE(fs::exists(tiny.path("runs")));
  tiny.write("  seeds: [1, 2]\n  points:\n    - grid: {\"losses[0].temperature\": [0.1, 0.2]}\n");
  const CommandResult dry = tiny.sweep({"--dry-run"});
  EXPECT_EQ(dry.status, 0) << dry.output;
  EXPECT_THAT(dry.output, HasSubstr("losses[0].temperature=0.2 seed=2  (to do)"));
  EXPECT_THAT(dry.output, HasSubstr("0 of 4 points finished, 4 to do"));
  const CommandResult status = run_melomine({"sweep", "status", tiny.path("sweep.yaml")});
  EXPECT_THAT(status.output, HasSubstr("not begun: `melomine sweep " + tiny.path("sweep.yaml") + "` plans"));
  expect_refusal(run_melomine({"sweep", "status", tiny.path("runs/sweep")}), 1,
                 "`melomine sweep SWEEP.yaml` plans a sweep");
  EXPECT_FALSE(fs::exists(tiny.path("runs")));
  const CommandResult check = run_melomine({"config", "check", tiny.path("sweep.yaml")});
  EXPECT_EQ(check.status, 0);
  EXPECT_THAT(check.output, HasSubstr("fine, a sweep of 4 points"));
  expect_refusal(run_melomine({"run", tiny.path("sweep.yaml")}), 2, "is a sweep; `melomine sweep ");
  expect_refusal(run_melomine({"sweep", tiny.path("tiny.yaml")}), 2, "has no section sweep");
  expect_refusal(run_melomine({"sweep", "work", tiny.path("")}), 1, "holds no sweep");
  expect_refusal(tiny.sweep({"--retry-failed=tired"}), 2, "unknown reason 'tired'");
}

TEST(E2eSweep, AFailedPointEndsNothingAndAChangedFileAddsPoints) {
  TinySweep tiny("  does: train\n  points:\n    - list: [{}, {train.init: " + std::string("no_such_file") +
                 "}]\n");
  const CommandResult result = tiny.sweep();
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("failed: train.init=no_such_file: data (exit status 1)"));
  EXPECT_THAT(result.output, HasSubstr("1 of 2 points finished, 1 failed"));
  EXPECT_EQ(run_melomine({"sweep", "status", tiny.folder()}).status, 1);
  const auto before = finished_stages(tiny.folder());
  tiny.write("  does: train\n  points:\n    - list: [{}, {seed: 2}]\n");
  const CommandResult changed = tiny.sweep();
  EXPECT_EQ(changed.status, 0) << changed.output;
  EXPECT_THAT(changed.output, HasSubstr("2 of 2 points finished"));
  for (const auto& [file, what] : before) EXPECT_EQ(finished_stages(tiny.folder())[file], what) << file;
}

// scripts/campaign kills more often.
TEST(CrashSweep, TwoWorkersKilledAFewTimesEndWithThePointsOfOneNeverKilled) {
  const std::string section = "  seeds: [1, 2]\n  points:\n    - grid: {mine.match.relevant: [0.5, 0.6]}\n";
  const TinySweep tiny(section);
  ASSERT_EQ(tiny.sweep({"name=whole"}).status, 0);
  RandomStream random({stream_id("crash_sweep"), 1});
  std::map<std::string, std::pair<uint64_t, int64_t>> seen;
  const auto look = [&] {
    for (const auto& [file, what] : finished_stages(tiny.folder())) {
      const auto [known, is_new] = seen.emplace(file, what);
      EXPECT_TRUE(is_new || known->second == what) << file << " was made again";
    }
  };
  for (int i = 0; i < 4; ++i) {
    StartedMelomine first(tiny.words(), tiny.path("first.log")),
        second(tiny.words(), tiny.path("second.log"));
    std::this_thread::sleep_for(std::chrono::duration<double>(random.uniform(0.5, 4)));
    first.end_with(SIGKILL);
    std::this_thread::sleep_for(std::chrono::duration<double>(random.uniform(0, 0.5)));
    second.end_with(SIGKILL);
    look();
  }
  const CommandResult last = tiny.sweep();
  ASSERT_EQ(last.status, 0) << last.output;
  look();
  EXPECT_THAT(last.output, HasSubstr("4 of 4 points finished"));
  for (const auto& [name, folder] : tiny.points()) {
    if (name.starts_with("M_0,")) continue;
    for (const std::string& file : LoopExperiment::results(1))
      EXPECT_TRUE(read_file(folder / file) ==
                  read_file(fs::path(tiny.path("runs/whole/points")) / name / file))
          << name << "/" << file;
    EXPECT_THAT(read_file(folder / "output.log"), Not(HasSubstr("another process is working")));
  }
  EXPECT_THAT(tiny.left_over_files(), IsEmpty());
}

}  // namespace
}  // namespace melomine
