#include "separation/separate_shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/experiment_options.h"
#include "core/json_text.h"
#include "core/progress.h"

namespace melomine::cli {
namespace {

const CommandHelp kSeparateHelp = {
    "separate", "Separate the singing from the mixes of an experiment, with its separator.",
    "EXPERIMENT.yaml [options] [key=value ...]",
    "  melomine separate my_experiment.yaml\n"
    "  melomine separate my_experiment.yaml --jobs 4 --strict\n"
    "  melomine separate my_experiment.yaml --json data.shards=separated separate.mixes=shards > "
    "summary.json\n\n"
    "The experiment names a separator (separate.type), the folder that `melomine ingest` wrote\n"
    "(separate.mixes) and the folder to write (data.shards), which then holds each original and cover\n"
    "twice, as a mix and as vocals; data.rendition says which of them is heard. Hums pass as they are.\n"
    "Interrupted, the same command continues. A recording that cannot be separated is listed in\n"
    "set_aside.csv of that folder and heard as a mix; the same command again tries those alone."};

nlohmann::ordered_json as_json(const datasets::DerivedSummary& s, const std::string& out) {
  nlohmann::ordered_json set_aside = nlohmann::ordered_json::array();
  for (const auto& item : s.set_aside)
    set_aside.push_back({{"recording_id", item.recording_id}, {"path", item.path}, {"reason", item.reason}});
  return {{"out", out},
          {"recordings", s.recordings},
          {"with_vocals", s.present},
          {"separated_now", s.made},
          {"hums", s.passed},
          {"vocals_s", s.present_s},
          {"shards", s.shards},
          {"already_done", s.already_done},
          {"set_aside", set_aside}};
}

void print_summary(const datasets::DerivedSummary& s, const std::string& out) {
  constexpr size_t kShown = 10;
  if (s.already_done) fmt::print("{} is finished already; nothing is missing\n", out);
  fmt::print("vocals     {} of {} recordings, {}, {} separated now; {} hums pass\n", s.present, s.recordings,
             format_duration(s.present_s), s.made, s.passed);
  fmt::print("set aside  {}\n", s.set_aside.size());
  for (size_t i = 0; i < std::min(kShown, s.set_aside.size()); ++i)
    fmt::print("           {} ({}): {}\n", s.set_aside[i].recording_id, s.set_aside[i].path,
               s.set_aside[i].reason);
  if (s.set_aside.size() > kShown)
    fmt::print("           … {} more in {}/set_aside.csv\n", s.set_aside.size() - kShown, out);
}

int run_separate(const Arguments& args) {
  separation::SeparateOptions o;
  po::options_description options("Options");
  add_experiment_options(options);
  auto add = options.add_options();
  add("jobs", po::value(&o.jobs)->default_value(o.jobs),
      "recordings separated at once; 0 = one per processor");
  add("shard-mib", po::value(&o.shard_mib)->default_value(o.shard_mib), "largest size of a shard, MiB");
  add("strict", po::bool_switch(), "exit with 1 when a recording was set aside");
  add("json", po::bool_switch(), "print the summary as JSON");
  const auto values = parse_arguments(kSeparateHelp, options, {"experiment", "settings*"}, args);
  if (!values) return 0;
  require_options(kSeparateHelp, *values, {"experiment"});
  const auto config = load_experiment(*values);
  if (config.separate.separator.type() == "none") {
    fmt::print(
        "separate.type is none: recordings are heard as they were ingested, there is nothing to separate\n");
    return 0;
  }
  o.out = config.data.shards;
  ConsoleObserver console;
  const auto summary = separation::separate_shards(config.separate, o, console);
  if ((*values)["json"].as<bool>())
    fmt::print("{}\n", json_text(as_json(summary, config.data.shards), 2));
  else
    print_summary(summary, config.data.shards);
  return (*values)["strict"].as<bool>() && !summary.set_aside.empty() ? 1 : 0;
}

}  // namespace

Command separate_command() {
  return {kSeparateHelp, run_separate};
}

}  // namespace melomine::cli
