#include <fmt/format.h>

#include "cli/option_binder.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "experiments/run_lock.h"
#include "report/report.h"

namespace melomine::cli {
namespace {

const CommandHelp kReportHelp{
    .name = "report",
    .summary = "Write report.html of a run from what lies in its folder.",
    .usage = "RUN_FOLDER [options]",
    .examples =
        "  melomine report demo/runs/demo\n"
        "  melomine report runs/loop --shards /data/shards --truth corpus/truth.csv\n"
        "  melomine report runs/loop --groups-to-hear 0 --mistakes 0   # no audio, a small page\n"
        "The loop and `melomine evaluate` write it as well; docs/report.md tells what it shows."};

int run_report(const Arguments& args) {
  report::ReportInputs inputs;
  po::options_description options("Options");
  options.add_options()("run", po::value<std::string>()->value_name("DIR"), "the run's folder");
  add_options(options, inputs);
  const auto values = parse_arguments(kReportHelp, options, {"run"}, args);
  if (!values) return 0;
  require_options(kReportHelp, *values, {"run"});
  read_options(*values, inputs);
  const std::filesystem::path run = (*values)["run"].as<std::string>();
  // Beside a process that works in the run, but not beside another of this command.
  if (!std::filesystem::is_directory(run)) throw DataError(run.string(), "", "no such folder");
  const FolderLock lock(run, FolderLock::Sharing::kAlone, experiments::kReportLockFile);
  const auto page = report::write_run_report(run, inputs, "report");
  fmt::print("{}\nreport: {}\n", report::run_table(run), page.string());
  return 0;
}

}  // namespace

Command report_command() {
  return {kReportHelp, run_report};
}

}  // namespace melomine::cli
