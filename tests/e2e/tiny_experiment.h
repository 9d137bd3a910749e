#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "tests/e2e/made_once.h"
#include "tests/support/run_melomine.h"
#include "tests/support/temp_folder.h"

namespace melomine::testing {

/// A generated corpus of a few short songs in shards, and an experiment that trains a small encoder on it in
/// seconds. The binary itself makes all of it.
class TinyExperiment {
 public:
  TinyExperiment() : TinyExperiment({"--songs", "8", "--covers", "0", "--hums", "3", "--duration", "16"}) {}

  /// @param corpus  options of `melomine synth`
  /// @param more    lines at the end of the experiment's YAML
  explicit TinyExperiment(const std::vector<std::string>& corpus, const std::string& more = "") {
    // On machines with other work, libtorch's threads would wait for each other.
    setenv("OMP_NUM_THREADS", "1", 1);
    copy_made_once("corpus" + joined(corpus), folder_.path(), [&](const std::filesystem::path& made) {
      std::vector<std::string> synth = {"synth", "--seed", "7", "--out", made / "corpus"};
      synth.insert(synth.end(), corpus.begin(), corpus.end());
      must(synth);
      must({"ingest", made / "corpus/songs_vocals.csv", "--out", made / "shards"});
    });
    write_file_atomically(
        folder_ / "tiny.yaml",
        "leaks: report\nruns: " + path("runs") + "\ndata:\n  shards: " + path("shards") +
            "\n  groups: " + path("corpus/hums.csv") + "\n  time_maps: " + path("corpus/truth.csv") +
            "\n  held_out_songs: 1\n  validation_songs: 1\n"
            "encoder: {width: 8}\n"
            "sampler: {groups_per_batch: 4, max_fragments: 2}\n"
            "front_end: {window: {length_s: 2, step_s: 1}}\n"
            "train:\n"
            "  length: 40s\n  checkpoint_every: 7s\n  validate_every: 20s\n  log_every: 1s\n"
            "  optimizer: {learning_rate: 0.002}\n"
            "evaluate:\n"
            "  sets:\n"
            "    - {name: held_out, bootstrap_resamples: 100}\n"
            "    - {name: all, bootstrap_resamples: 100, queries: " +
            path("corpus/queries.csv") + ", references: [" + path("corpus/references.csv") + "]}\n" + more);
  }

  /// A file of the experiment's folder.
  std::string path(const std::string& name) const { return folder_ / name; }
  std::string run_file(const std::string& run, const std::string& name) const {
    return path("runs/" + run + "/" + name);
  }

  /// `melomine train`, `evaluate`, `mine` or `run` of the run of this name. @param settings  key=value,
  /// options
  CommandResult run(const std::string& command, const std::string& name,
                    const std::vector<std::string>& settings = {}) const {
    return run_melomine(words(command, name, settings));
  }
  std::vector<std::string> words(const std::string& command, const std::string& name,
                                 const std::vector<std::string>& settings = {}) const {
    std::vector<std::string> all = {command, path("tiny.yaml"), "name=" + name};
    all.insert(all.end(), settings.begin(), settings.end());
    return all;
  }

 private:
  static std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += "_" + word;
    return text;
  }
  static void must(const std::vector<std::string>& arguments) {
    const CommandResult result = run_melomine(arguments);
    if (result.status != 0) throw std::runtime_error(arguments[0] + ": " + result.output);
  }
  TempFolder folder_;
};

}  // namespace melomine::testing
