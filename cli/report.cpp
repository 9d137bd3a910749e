#include <fmt/format.h>

#include "cli/command.h"
#include "core/error.h"
#include "report/report.h"

namespace melomine::cli {
namespace {

const CommandHelp kHelp{
    .name = "report",
    .summary = "Write report.html of a run from what lies in its folder.",
    .usage = "RUN_FOLDER [options]",
    .examples =
        "  melomine report demo/runs/demo\n"
        "  melomine report runs/loop --shards /data/shards --truth corpus/truth.csv\n"
        "  melomine report runs/loop --groups-to-hear 0        # no audio, a small page\n"
        "The loop and `melomine evaluate` write it as well; docs/report.md tells what it shows."};

}  // namespace

int run_report(const Arguments& args) {
  constexpr int64_t kMostGroups = 60, kMostSongs = 100;
  report::ReportInputs inputs;
  po::options_description options("Options");
  auto add = options.add_options();
  add("run", po::value<std::string>()->value_name("DIR"), "the run's folder");
  add("shards", po::value<std::string>()->value_name("DIR"),
      "audio shards; in place of data.shards of the run");
  add("truth", po::value<std::string>()->value_name("CSV"),
      "truth table; in place of data.time_maps of the run");
  add("groups-to-hear", po::value(&inputs.audio_groups)->default_value(inputs.audio_groups),
      "mined groups embedded as audio at most; 0: none");
  add("timelines", po::value(&inputs.timeline_songs)->default_value(inputs.timeline_songs),
      "songs drawn as timelines at most");
  const auto values = parse_arguments(kHelp, options, {"run"}, args);
  if (!values) return 0;
  require_options(kHelp, *values, {"run"});
  if (inputs.audio_groups < 0 || inputs.audio_groups > kMostGroups)
    throw ConfigError(
        fmt::format("--groups-to-hear must be in [0, {}], got {}", kMostGroups, inputs.audio_groups));
  if (inputs.timeline_songs < 0 || inputs.timeline_songs > kMostSongs)
    throw ConfigError(
        fmt::format("--timelines must be in [0, {}], got {}", kMostSongs, inputs.timeline_songs));
  if (values->count("shards") > 0) inputs.shards = (*values)["shards"].as<std::string>();
  if (values->count("truth") > 0) inputs.truth = (*values)["truth"].as<std::string>();
  const std::filesystem::path run = (*values)["run"].as<std::string>();
  const auto page = report::write_run_report(run, inputs);
  fmt::print("{}\nreport: {}\n", report::run_table(run), page.string());
  return 0;
}

}  // namespace melomine::cli
