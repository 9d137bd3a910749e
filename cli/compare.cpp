#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "core/error.h"
#include "report/comparison.h"
#include "sweeps/sweep_layout.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;

const CommandHelp kCompareHelp{
    .name = "compare",
    .summary =
        "Compare the points of a sweep, or runs: mean over seeds, differences with intervals, the best.",
    .usage = "FOLDER ... [options]",
    .examples =
        "  melomine compare runs/kung_small\n"
        "  melomine compare runs/kung_small --base harmonic_blocks=false --metric held_out.top10\n"
        "  melomine compare runs/demo runs/demo_seed2 runs/other --out comparison\n"
        "  melomine compare runs/kung_small --format latex > table.tex\n"
        "A row is the runs that differ in their seed alone. Of a sweep, comparison.{md,csv,tex,json,html} "
        "are written\n"
        "into its folder unless --out says otherwise."};

std::string formatted(const report::Comparison& comparison, const std::string& format) {
  if (format == "text") return comparison_text(comparison);
  if (format == "markdown") return comparison_markdown(comparison);
  if (format == "csv") return comparison_csv(comparison);
  if (format == "latex") return comparison_latex(comparison);
  if (format == "json") return comparison_json(comparison);
  throw ConfigError(
      fmt::format("melomine compare: unknown format '{}'; known: csv, json, latex, markdown, text", format));
}

int run_compare(const Arguments& args) {
  po::options_description options("Options");
  auto add = options.add_options();
  add("folders", po::value<std::vector<std::string>>(), "folders of sweeps and runs");
  add("base", po::value<std::string>()->default_value("")->value_name("ROW"),
      "the row that others are compared with, by its name or a part of it");
  add("metric", po::value<std::string>()->default_value("")->value_name("SET.METRIC"),
      "what rows are compared by; as a rule MRR of the first set");
  add("system", po::value<std::string>()->default_value("")->value_name("NAME"),
      "the system of the sets; as a rule the run's own model");
  add("format", po::value<std::string>()->default_value("text")->value_name("NAME"),
      "of what is printed: text, markdown, csv, latex, json");
  add("out", po::value<std::string>()->default_value("")->value_name("DIR"),
      "write all of them there, with a page");
  const auto values = parse_arguments(kCompareHelp, options, {"folders*"}, args);
  if (!values) return 0;
  require_options(kCompareHelp, *values, {"folders"});
  const auto words = (*values)["folders"].as<std::vector<std::string>>();
  const std::vector<fs::path> folders(words.begin(), words.end());
  const auto text_of = [&](const char* name) { return (*values)[name].as<std::string>(); };
  const report::Comparison comparison =
      report::compare(report::read_compared(folders),
                      {.base = text_of("base"), .metric = text_of("metric"), .system = text_of("system")});
  fmt::print("{}", formatted(comparison, text_of("format")));
  fs::path out = text_of("out");
  if (out.empty() && folders.size() == 1 && fs::exists(sweeps::SweepLayout(folders.front()).plan()))
    out = folders.front();
  if (out.empty()) return 0;
  const fs::path page = report::write_comparison(comparison, out);
  if (text_of("format") == "text") fmt::print("page: {}\n", page.string());
  return 0;
}

}  // namespace

Command compare_command() {
  return {kCompareHelp, run_compare};
}

}  // namespace melomine::cli
