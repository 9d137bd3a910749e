#include "regeneration/regenerate.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/fetch_options.h"
#include "core/error.h"
#include "core/exit_status.h"
#include "core/json_text.h"
#include "core/progress.h"
#include "layouts/checklist.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;

const CommandHelp kRegenerateHelp{
    .name = "regenerate",
    .summary = "Cut the fragments of a published table, such as CHAD's, out of recordings.",
    .usage = "DATASET.CSV --audio DIR --out DIR [options]",
    .examples =
        "  melomine regenerate chad/dataset.csv --audio chad/audio --hums chad/hummings --out chad/made\n"
        "  melomine regenerate chad/dataset.csv --audio chad/audio --out chad/made --plan\n"
        "  melomine regenerate chad/dataset.csv --audio chad/audio --out chad/made --fetch \"yt-dlp -f "
        "bestaudio -o "
        "'{folder}/a.%(ext)s' {url}\"\n"
        "Interrupted, or when more recordings have come, the same command goes on. What is missing stands "
        "in\n"
        "OUT/missing.csv, what downloads ended how in OUT/fetch.csv; docs/regenerate.md."};

std::string today() {
  return fmt::format("{:%d %B %Y}", fmt::gmtime(std::time(nullptr)));
}

void print_plan(const regeneration::WantedFragments& wanted) {
  int64_t archived = 0;
  double seconds = 0;
  for (const auto& source : wanted.sources) archived += source.is_archived ? 1 : 0;
  for (const auto& row : wanted.rows) seconds += row.duration_s;
  using layouts::with_thousands;
  fmt::print("{}: {} fragments, {:.1f} hours, of {} recordings and {} archived hums; {} rows said twice\n",
             wanted.table.string(), with_thousands(static_cast<int64_t>(wanted.rows.size())), seconds / 3600,
             with_thousands(static_cast<int64_t>(wanted.sources.size()) - archived), with_thousands(archived),
             wanted.repeated);
}

void add_options_of(po::options_description& options, regeneration::RegenerateOptions& o) {
  options.add_options()("table", po::value<std::string>(),
                        "dataset.csv: group_id, fragment_id, id, audio_type, youtube_id, interval, …")(
      "audio", po::value<std::vector<std::string>>()->value_name("DIR"),
      "folder of recordings named by their ids, any extension, anywhere below; may be given again")(
      "hums", po::value<std::string>()->value_name("DIR"),
      "the archive of hums as published: GROUP/FRAGMENT/ID.wav")(
      "out", po::value<std::string>()->value_name("DIR"), "folder that is written")(
      "splits", po::value<std::string>()->value_name("CSV"), "published splits to count by: group_id, split")(
      "name", po::value(&o.name)->default_value(o.name),
      "of the data set, in the statement of what could be had")(
      "sample-rate", po::value(&o.cut.sample_rate_hz)->default_value(o.cut.sample_rate_hz),
      "of fragments, Hz")("tolerance", po::value(&o.cut.tolerance_s)->default_value(o.cut.tolerance_s),
                          "seconds by which a recording may end before a fragment does")(
      "validation", po::value(&o.draw.validation)->default_value(o.draw.validation),
      "share of songs in the new split")("test", po::value(&o.draw.test)->default_value(o.draw.test),
                                         "share of songs in the new split")(
      "seed", po::value(&o.draw.seed)->default_value(o.draw.seed), "of the new split")(
      "jobs", po::value(&o.jobs)->default_value(o.jobs), "recordings at once; 0 = one per processor")(
      "no-shards", po::bool_switch(), "fragments are not ingested into OUT/shards")(
      "plan", po::bool_switch(), "only check the table and say what it asks for")(
      "strict", po::bool_switch(), "exit with 1 when a fragment is missing")(
      "json", po::bool_switch(), "print what could be had as JSON");
}

void read_paths(const po::variables_map& values, regeneration::RegenerateOptions& o) {
  if (values.count("audio") > 0)
    for (const std::string& folder : values["audio"].as<std::vector<std::string>>())
      o.audio.emplace_back(folder);
  if (values.count("hums") > 0) o.hums = values["hums"].as<std::string>();
  if (values.count("splits") > 0) o.splits = values["splits"].as<std::string>();
  o.out = values["out"].as<std::string>();
  o.shards = !values["no-shards"].as<bool>();
  o.day = today();
}

int run_regenerate(const Arguments& args) {
  regeneration::RegenerateOptions o;
  regeneration::FetchOptions f;
  po::options_description options("Options");
  add_options_of(options, o);
  add_fetch_options(options, f);
  const auto values = parse_arguments(kRegenerateHelp, options, {"table"}, args);
  if (!values) return 0;
  require_options(kRegenerateHelp, *values, {"table"});
  const fs::path table = (*values)["table"].as<std::string>();
  if ((*values)["plan"].as<bool>()) {
    print_plan(regeneration::read_wanted(table));
    return 0;
  }
  require_options(kRegenerateHelp, *values, {"out"});
  read_paths(*values, o);
  if (o.audio.empty() && o.hums.empty())
    throw ConfigError("melomine regenerate: neither --audio nor --hums is given");
  const bool json = (*values)["json"].as<bool>();
  const auto wanted = regeneration::read_wanted(table);
  ConsoleObserver console;
  f.tolerance_s = o.cut.tolerance_s;
  const auto fetched =
      fetch_if_asked(*values, f, wanted.sources, o.audio.empty() ? fs::path() : o.audio.front(),
                     o.out / "fetch.csv", console);
  const auto summary = regeneration::regenerate(wanted, o, console);
  if (fetched && !json) print_fetch(*fetched, o.out / "fetch.csv");
  const std::string statement = regeneration::availability_statement(summary.availability, o.name, o.day);
  if (json)
    fmt::print("{}", regeneration::availability_json(summary.availability, o.name, o.day));
  else
    fmt::print("{}\n{} recordings cut now; {} rows said twice; what is missing: {}\n", statement,
               summary.cut_now, wanted.repeated, summary.missing.string());
  if (fetched && !fetched->stopped.empty()) return kExitRequeue;
  const auto& fragments = summary.availability.fragments;
  return (*values)["strict"].as<bool>() && fragments.had < fragments.listed ? 1 : 0;
}

}  // namespace

Command regenerate_command() {
  return {kRegenerateHelp, run_regenerate};
}

}  // namespace melomine::cli
