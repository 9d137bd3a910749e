#pragma once

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/e2e/tiny_experiment.h"

namespace melomine::testing {

/// A corpus with covers and an experiment that goes round the loop twice in seconds. Its encoder hardly
/// learns anything, so that nearly all fragments are found nearly anywhere: enough to train on, whatever the
/// rounding.
class LoopExperiment : public TinyExperiment {
 public:
  LoopExperiment()
      : TinyExperiment({"--songs", "6", "--covers", "2", "--hums", "2", "--duration", "30"},
                       "mine: {songs_per_part: 1, match: {relevant: 0.5, irrelevant: 0.2}}\n"
                       "loop: {rounds: 2}\n") {}

  /// Settings that leave the loop short.
  static std::vector<std::string> with(std::vector<std::string> more = {}) {
    std::vector<std::string> settings = {"train.length=8s", "train.checkpoint_every=3s",
                                         "train.validate_every=4s",
                                         "evaluate.sets=[{name: held_out, bootstrap_resamples: 100}]"};
    settings.insert(settings.end(), more.begin(), more.end());
    return settings;
  }
  CommandResult loop(const std::string& command, const std::string& name,
                     const std::vector<std::string>& more = {}) const {
    return run(command, name, with(more));
  }

  nlohmann::json json(const std::string& run, const std::string& file) const {
    return nlohmann::json::parse(read_file(run_file(run, file)));
  }

  /// What does not depend on how often a run was interrupted, relative to its folder.
  static std::vector<std::string> results(int rounds = 2) {
    std::vector<std::string> files;
    for (int round = 0; round <= rounds; ++round) {
      const std::string folder = "round_0" + std::to_string(round) + "/";
      if (round > 0)
        for (const char* name : {"mined.h5", "mined.csv", "summary.json"})
          files.push_back(folder + "mine/" + name);
      for (const char* name : {"last.safetensors", "best.safetensors"})
        files.push_back(folder + "train/" + name);
      files.push_back(folder + "evaluate/held_out/queries.csv");
    }
    return files;
  }
  void expect_same(const std::string& run_a, const std::string& run_b,
                   const std::vector<std::string>& files) const {
    for (const std::string& file : files) {
      ASSERT_TRUE(std::filesystem::exists(run_file(run_a, file))) << run_a << "/" << file;
      ASSERT_TRUE(std::filesystem::exists(run_file(run_b, file))) << run_b << "/" << file;
      EXPECT_TRUE(read_file(run_file(run_a, file)) == read_file(run_file(run_b, file)))
          << file << " of " << run_a << " and " << run_b;
    }
  }
  /// Half-written files of a run.
  std::vector<std::string> left_over(const std::string& run) const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path("runs/" + run)))
      if (entry.path().extension() == ".tmp") files.push_back(entry.path().string());
    return files;
  }
};

}  // namespace melomine::testing
