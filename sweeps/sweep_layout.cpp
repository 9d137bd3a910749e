#include "sweeps/sweep_layout.h"

namespace melomine::sweeps {

namespace fs = std::filesystem;

fs::path SweepLayout::plan() const {
  return folder_ / "plan.json";
}

fs::path SweepLayout::experiment(const std::string& task) const {
  return folder_ / "plan" / (task + ".yaml");
}

fs::path SweepLayout::runs() const {
  return folder_ / "points";
}

fs::path SweepLayout::run(const std::string& task) const {
  return runs() / task;
}

fs::path SweepLayout::output(const std::string& task) const {
  return run(task) / "output.log";
}

fs::path SweepLayout::state(const std::string& task) const {
  return folder_ / "states" / (task + ".json");
}

fs::path SweepLayout::claims(const std::string& task) const {
  return folder_ / "claims" / task;
}

fs::path SweepLayout::workers() const {
  return folder_ / "workers";
}

}  // namespace melomine::sweeps
