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
    for (const StageKind kind : {StageKind::kEvaluate, StageKind::kMine, StageKind::kTrain})
      if (const auto stage = run.stage(round, kind); fs::is_directory(stage))
        stages[stage.lexically_relative(path).string()] =
            fs::exists(run.done(round, kind)) ? "done" : "begun";
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
