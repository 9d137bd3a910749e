#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/command.h"
#include "cli/experiment_options.h"
#include "cli/sweep_experiments.h"
#include "configs/config.h"
#include "core/error.h"
#include "core/json_text.h"
#include "experiments/experiment_config.h"
#include "sweeps/planner.h"
#include "sweeps/sweep_spec.h"

namespace melomine::cli {
namespace {

using experiments::ExperimentConfig;

const CommandHelp kConfigHelp{
    "config", "Show, check or describe the YAML of an experiment.",
    "show EXPERIMENT.yaml [key=value…] [--comments]\n"
    "       melomine config check EXPERIMENT.yaml… [key=value…]\n"
    "       melomine config schema\n"
    "       melomine config kinds [--json]",
    "  melomine config show experiments/demo.yaml\n"
    "  melomine config show experiments/chad_short.yaml train.length=10e 'losses[0].temperature=0.1'\n"
    "  melomine config show experiments/demo.yaml --comments > my_experiment.yaml\n"
    "  melomine config check experiments/*.yaml\n"
    "  melomine config schema > experiment.schema.json\n"
    "  melomine config kinds             # losses, miners, …: what can stand behind each `type`"};

/// What follows the action on the command line.
struct Words {
  std::vector<std::string> files;
  std::vector<std::string> settings;  ///< those with an equals sign
};

Words sort_words(const std::vector<std::string>& words) {
  Words sorted;
  for (const std::string& word : words)
    (word.find('=') == std::string::npos ? sorted.files : sorted.settings).push_back(word);
  return sorted;
}

int show(const Words& words, bool comments) {
  if (words.files.size() != 1)
    throw ConfigError(
        fmt::format("melomine config show: needs one EXPERIMENT.yaml, got {}; see melomine config --help",
                    words.files.size()));
  const auto config = load_experiment_file(words.files[0], words.settings);
  fmt::print("{}", configs::to_yaml(config, comments));
  return 0;
}

constexpr const char* kChecked = " (the settings; data were not looked at)";

int check(const Words& words) {
  if (words.files.empty())
    throw ConfigError("melomine config check: needs an EXPERIMENT.yaml; see melomine config --help");
  std::string problems;
  for (const std::string& file : words.files) {
    try {
      if (is_sweep(file)) {
        const auto points = sweeps::count_points(file, words.settings, SweepExperiments());
        fmt::print("{}: fine, a sweep of {} points{}\n", file, points, kChecked);
        continue;
      }
      configs::load_config<ExperimentConfig>(file, words.settings);
      fmt::print("{}: fine{}\n", file, kChecked);
    } catch (const ConfigError& e) {
      problems += (problems.empty() ? "" : "\n") + std::string(e.what());
    }
  }
  if (!problems.empty()) throw ConfigError(problems);
  return 0;
}

int kinds(bool as_json) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const configs::FamilyInfo& family : configs::families<ExperimentConfig>()) {
    if (!as_json) fmt::print("{} ({})\n", family.name, family.setting);
    nlohmann::ordered_json entries = nlohmann::ordered_json::array();
    for (const auto& kind : family.kinds) {
      if (!as_json) fmt::print("  {:20}{}\n", kind.name, kind.doc);
      entries.push_back({{"type", kind.name}, {"doc", kind.doc}});
    }
    json.push_back({{"family", family.name}, {"setting", family.setting}, {"kinds", entries}});
  }
  if (as_json) fmt::print("{}\n", json_text(json, 2));
  return 0;
}

/// That of an experiment, which may be a sweep.
nlohmann::ordered_json schema() {
  using Json = nlohmann::ordered_json;
  const auto list = [](const char* meaning) { return Json{{"description", meaning}, {"type", "array"}}; };
  const auto map = [](const char* meaning) { return Json{{"description", meaning}, {"type", "object"}}; };
  Json sweep = map("many experiments that differ in settings, for `melomine sweep`");
  sweep["additionalProperties"] = false;
  sweep["properties"] = {
      {"does", {{"description", "what is done with a point"}, {"enum", {"run", "train", "evaluate"}}}},
      {"seeds", list("seeds of every point")},
      {"points", list("blocks of grid, zip, list and seeds")},
      {"base", map("settings of the row that others are compared with")},
      {"metric", {{"description", "SET.METRIC that rows are compared by"}, {"type", "string"}}}};
  Json all = parse_ordered_json(configs::json_schema<ExperimentConfig>("melomine experiment"));
  all["properties"][sweeps::kSweepKey] = std::move(sweep);
  return all;
}

int run_config(const Arguments& args) {
  po::options_description options("Options");
  options.add_options()("comments", "show: say what each field means");
  options.add_options()("json", "kinds: print them as JSON");
  options.add_options()("action", po::value<std::string>(), "show, check, schema or kinds");
  options.add_options()("words", po::value<std::vector<std::string>>(),
                        "the experiment's YAML file, and key=value settings laid upon it");
  const auto values = parse_arguments(kConfigHelp, options, {"action", "words*"}, args);
  if (!values) return 0;
  require_options(kConfigHelp, *values, {"action"});
  const auto action = (*values)["action"].as<std::string>();
  const auto words = sort_words(values->count("words") > 0 ? (*values)["words"].as<std::vector<std::string>>()
                                                           : std::vector<std::string>{});
  if (action == "show") return show(words, values->count("comments") > 0);
  if (action == "check") return check(words);
  if (action == "schema") {
    fmt::print("{}\n", json_text(schema(), 2));
    return 0;
  }
  if (action == "kinds") return kinds(values->count("json") > 0);
  throw ConfigError(
      fmt::format("melomine config: unknown action '{}'; known: check, kinds, schema, show", action));
}

}  // namespace

Command config_command() {
  return {kConfigHelp, run_config};
}

}  // namespace melomine::cli
