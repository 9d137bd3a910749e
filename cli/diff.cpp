#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "cli/command.h"
#include "core/error.h"
#include "datasets/fragment_groups.h"
#include "experiments/run_layout.h"
#include "mining/mined_set.h"
#include "mining/round_diff.h"
#include "storage/hdf5.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;

const CommandHelp kDiffHelp = {
    "diff", "Say what appeared, vanished and moved between two mined sets.", "ROUND_A ROUND_B [options]",
    "  melomine diff runs/demo/round_01 runs/demo/round_02\n"
    "  melomine diff runs/a/round_01/mine/mined.csv runs/b/round_01/mine/mined.csv --limit 50\n"
    "  melomine diff runs/demo/round_01 runs/demo/round_02 --moved 0.2 --json\n"
    "A round is the folder of a round, its mine/ folder, or a mined.h5 or mined.csv itself. Fragments are\n"
    "the same when they overlap by half of the longer, matches when they moved by less than half of their\n"
    "length. The exit status is 0 whether the rounds differ or not."};

/// The file that holds the mined set of what the user named.
fs::path mined_file(const fs::path& round) {
  if (!fs::exists(round)) throw DataError(round.string(), "", "no such file or folder");
  if (!fs::is_directory(round)) return round;
  for (const fs::path& folder : {round, round / to_string(experiments::StageKind::kMine)})
    for (const char* file : {mining::kMinedSetFile, mining::kMinedTableFile})
      if (fs::is_regular_file(folder / file)) return folder / file;
  if (const experiments::RunLayout run(round); fs::exists(run.experiment()))
    throw DataError(round.string(), "",
                    "is a whole run; name one of its rounds, such as " + run.round(1).string());
  throw DataError(round.string(), "",
                  fmt::format("holds no mined set: there is neither {0} nor {1}, nor mine/{0} nor mine/{1}",
                              mining::kMinedSetFile, mining::kMinedTableFile));
}

std::vector<datasets::FragmentRow> read_rows(const fs::path& round) {
  const fs::path file = mined_file(round);
  if (storage::hdf5::is_hdf5(file)) return mining::read_mined_set(file).rows;
  std::vector<datasets::FragmentRow> rows = datasets::read_fragment_table(file);
  std::set<std::string> with_original;
  for (const datasets::FragmentRow& row : rows)
    if (row.audio_type == datasets::RecordingKind::kOriginal) with_original.insert(row.group_id);
  for (const datasets::FragmentRow& row : rows) {
    const std::string group = "group " + row.group_id;
    if (row.recording_id.empty())
      throw DataError(file.string(), group, "a row has no recording_id: this is no table of a mined set");
    if (!with_original.contains(row.group_id))
      throw DataError(file.string(), group, "has no row of its original");
  }
  return rows;
}

int run_diff(const Arguments& args) {
  std::string before, after;
  double moved_s = 0.05;
  int64_t limit = 20;
  po::options_description options("Options");
  options.add_options()("before", po::value(&before)->value_name("ROUND"), "the first mined set")(
      "after", po::value(&after)->value_name("ROUND"), "the second mined set")(
      "limit", po::value(&limit)->default_value(limit), "changes of each kind to list")(
      "moved", po::value(&moved_s)->default_value(moved_s, "0.05"),
      "a match that moved by less, in seconds, is unchanged")("json", po::bool_switch(),
                                                              "print all changes as JSON");
  const auto values = parse_arguments(kDiffHelp, options, {"before", "after"}, args);
  if (!values) return 0;
  require_options(kDiffHelp, *values, {"before", "after"});
  if (limit < 0) throw ConfigError(fmt::format("--limit must be >= 0, got {}", limit));
  if (!(moved_s >= 0 && std::isfinite(moved_s)))
    throw ConfigError(fmt::format("--moved must be >= 0 s, got {}", moved_s));
  const mining::RoundDiff diff = mining::diff_rounds(read_rows(before), read_rows(after), moved_s);
  fmt::print("{}", (*values)["json"].as<bool>() ? mining::diff_json(diff)
                                                : mining::diff_text(diff, static_cast<size_t>(limit)));
  return 0;
}

}  // namespace

Command diff_command() {
  return {kDiffHelp, run_diff};
}

}  // namespace melomine::cli
