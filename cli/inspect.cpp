#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "cli/command.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/progress.h"
#include "datasets/describe_shards.h"
#include "experiments/describe_run.h"
#include "mining/describe_mined_set.h"
#include "models/describe_checkpoint.h"
#include "storage/describe_hdf5.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;

const CommandHelp kInspectHelp = {
    "inspect", "Show what a shard, mined set, feature file, checkpoint, ingested folder or run holds.",
    "FILE|DIR [options]",
    "  melomine inspect shards\n"
    "  melomine inspect shards/shard-00000.h5 --check --recordings\n"
    "  melomine inspect runs/demo/round_01/mine/mined.h5\n"
    "  melomine inspect runs/demo --json\n"
    "The kind of a file is known by its content, not by its name. --check reads all audio and exits\n"
    "with 1 when a checksum does not hold."};

/// In the order in which they are tried.
const std::vector<Describer>& describers() {
  // clang-format off
  static const std::vector<Describer> all = {
      experiments::describe_run(),
      datasets::describe_shard_folder(),
      datasets::describe_shard(),
      mining::describe_mined_set(),
      storage::describe_hdf5(),
      models::describe_checkpoint(),
  };
  // clang-format on
  return all;
}

void print_description(const Description& value, const std::string& indent) {
  for (const auto& [key, entry] : value.items()) {
    if (entry.is_object() || (entry.is_array() && !entry.empty() && entry.front().is_object())) {
      fmt::print("{}{}\n", indent, key);
      if (entry.is_object()) print_description(entry, indent + "  ");
      for (const auto& item : entry.is_array() ? entry : Description::array())
        fmt::print("{}  {}\n", indent, json_text(item));
    } else if (key == "duration_s" || key == "hours") {
      if (key == "duration_s") fmt::print("{}{:<16} {}\n", indent, "duration", format_duration(entry));
    } else {
      fmt::print("{}{:<16} {}\n", indent, key,
                 entry.is_string() ? entry.get<std::string>() : json_text(entry));
    }
  }
}

int run_inspect(const Arguments& args) {
  std::string path;
  po::options_description options("Options");
  options.add_options()("path", po::value(&path), "file or folder")(
      "check", po::bool_switch(), "read all samples and verify their checksums")(
      "recordings", po::bool_switch(), "list every recording, or row of a mined set")(
      "json", po::bool_switch(), "print JSON");
  const auto values = parse_arguments(kInspectHelp, options, {"path"}, args);
  if (!values) return 0;
  require_options(kInspectHelp, *values, {"path"});
  if (!fs::exists(path)) throw DataError(path, "", "no such file or folder");
  const auto format = std::find_if(describers().begin(), describers().end(),
                                   [&](const Describer& one) { return one.recognises(path); });
  if (format == describers().end())
    throw DataError(
        path, "",
        "is neither a shard, a mined set, an HDF5 or safetensors file, an ingested folder nor a run");
  const Description result =
      format->describe(path, {(*values)["check"].as<bool>(), (*values)["recordings"].as<bool>()});
  if ((*values)["json"].as<bool>()) {
    fmt::print("{}\n", json_text(result, 2));
  } else {
    print_description(result, "");
  }
  return result.contains("damage") && !result["damage"].empty() ? 1 : 0;
}

}  // namespace

Command inspect_command() {
  return {kInspectHelp, run_inspect};
}

}  // namespace melomine::cli
