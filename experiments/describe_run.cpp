#include "experiments/describe_run.h"

#include "core/atomic_file.h"
#include "experiments/run_layout.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;

bool is_run(const fs::path& path) {
  return fs::exists(RunLayout(path).experiment());
}

Description inspect_run(const fs::path& path, const DescribeOptions&) {
  const RunLayout run(path);
  Description stages = Description::object();
  for (const int round : run.rounds())
    for (const StageTraits& stage : all_stages())
      if (const auto folder = run.stage(round, stage.kind); fs::is_directory(folder))
        stages[folder.lexically_relative(path).string()] =
            fs::exists(run.done(round, stage.kind)) ? "done" : "begun";
  Description result = {{"what", "run"}, {"stages", stages}};
  if (fs::exists(run.provenance()))
    result["provenance"] = Description::parse(read_file(run.provenance()), nullptr, false);
  return result;
}

}  // namespace

Describer describe_run() {
  return {is_run, inspect_run};
}

}  // namespace melomine::experiments
