#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "sweeps/experiments.h"
#include "sweeps/sweep_layout.h"
#include "tests/support/temp_folder.h"

namespace melomine::sweeps::testing {

struct SampleLoss {
  double temperature = 0.05;
};
inline void bind(configs::Binder& b, SampleLoss& c) {
  b.number("temperature", c.temperature, configs::above(0), "τ");
}

/// An experiment of which `width` and `seed` are all that its M_0 depends on.
struct SampleExperiment {
  std::string name = "experiment", runs = "runs";
  int64_t seed = 1, width = 8, rounds = 1;
  std::vector<SampleLoss> losses = {SampleLoss{}};
  std::vector<std::string> sets;
};
inline void bind(configs::Binder& b, SampleExperiment& c) {
  b.text("name", c.name, "");
  b.require(is_plain_name(c.name), "name", "must be a plain folder name");
  b.text("runs", c.runs, "");
  b.integer("seed", c.seed, configs::at_least(0), "");
  b.integer("width", c.width, configs::at_least(1), "");
  b.integer("rounds", c.rounds, configs::at_least(0), "");
  b.nested_list("losses", c.losses, "");
  b.texts("sets", c.sets, "");
}

class SampleExperiments : public Experiments {
 public:
  configs::Value load(const std::filesystem::path& file) const override {
    return configs::load_tree<SampleExperiment>(file);
  }
  configs::Value defaults() const override { return configs::tree_of(SampleExperiment()); }
  ResolvedExperiment resolve(const configs::Value& document) const override {
    auto config = configs::read_tree<SampleExperiment>(document);
    ResolvedExperiment resolved{config.name, config.runs, {}, {}};
    config.name = SampleExperiment().name;
    config.runs = SampleExperiment().runs;
    resolved.yaml = configs::to_yaml(config);
    SampleExperiment first;
    first.seed = config.seed;
    first.width = config.width;
    resolved.first_training = configs::to_yaml(first);
    return resolved;
  }
  bool is_run(const std::filesystem::path& folder) const override { return is_file(folder / "is_a_run"); }
  /// M_0 is a file.
  bool share_first_training(const std::filesystem::path& from, const std::filesystem::path& to,
                            const std::filesystem::path&) const override {
    if (std::filesystem::exists(to / "m0")) return true;
    if (!std::filesystem::exists(from / "m0")) return false;
    std::filesystem::copy_file(from / "m0", to / "m0");
    return true;
  }
};

/// A folder with a sweep's file, whose sweep lies in the same.
class SweepFolder {
 public:
  std::filesystem::path write(const std::string& sweep, const std::string& experiment = "") {
    auto file = folder_ / "sweep.yaml";
    write_file_atomically(file, "name: s\nruns: " + (folder_ / "runs").string() + "\n" + experiment + sweep);
    return file;
  }
  std::filesystem::path path(const std::string& name) const { return folder_ / name; }
  SweepLayout layout() const { return SweepLayout(folder_ / "runs/s"); }

 private:
  melomine::testing::TempFolder folder_;
};

/// The message of the ConfigError that `work` throws, "" when it throws none.
template <class Work>
std::string config_error(Work work) {
  try {
    work();
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

}  // namespace melomine::sweeps::testing
