#include "regeneration/regenerate.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/progress.h"
#include "layouts/checklist.h"
#include "regeneration/fetch.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kStopped = 75;  // EX_TEMPFAIL: the same command later goes on

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

void print_fetch(const regeneration::FetchSummary& s, const fs::path& state) {
  using layouts::with_thousands;
  fmt::print("fetched    {} now; {} of {} recordings are there, {} are gone for good, {} not yet ({})\n",
             with_thousands(s.fetched_now), with_thousands(s.done), with_thousands(s.wanted),
             with_thousands(s.permanent), with_thousands(s.temporary), state.string());
  for (const auto& [reason, count] : s.reasons)
    fmt::print("           {} {}\n", with_thousands(count), reason);
  if (!s.stopped.empty())
    fmt::print("stopped    {}\n           the same command goes on, later\n", s.stopped);
}

void add_options_of(po::options_description& options, regeneration::RegenerateOptions& o,
                    regeneration::FetchOptions& f) {
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
      "fetch", po::value<std::string>()->value_name("COMMAND"),
      "program that downloads a recording, run without a shell; {url}, {id}, {folder}")(
      "fetch-per-hour", po::value(&f.per_hour)->default_value(f.per_hour), "downloads an hour; 0 = no limit")(
      "fetch-attempts", po::value(&f.attempts)->default_value(f.attempts),
      "of a recording that fails for now")(
      "fetch-timeout", po::value(&f.timeout_s)->default_value(f.timeout_s), "seconds of one download")(
      "fetch-back-off", po::value(&f.back_off_s)->default_value(f.back_off_s),
      "seconds to wait when the site asks for fewer requests, doubled each time in a row")(
      "retry", po::bool_switch(), "try recordings that failed for now as often as new ones")(
      "strict", po::bool_switch(), "exit with 1 when a fragment is missing")(
      "json", po::bool_switch(), "print what could be had as JSON");
}

void read_paths(const po::variables_map& values, regeneration::RegenerateOptions& o) {
  o.table = values["table"].as<std::string>();
  if (values.count("audio") > 0)
    for (const std::string& folder : values["audio"].as<std::vector<std::string>>())
      o.audio.emplace_back(folder);
  if (values.count("hums") > 0) o.hums = values["hums"].as<std::string>();
  if (values.count("splits") > 0) o.splits = values["splits"].as<std::string>();
  if (values.count("out") > 0) o.out = values["out"].as<std::string>();
  o.shards = !values["no-shards"].as<bool>();
  o.day = today();
}

/// @returns nothing where --fetch was not given
std::optional<regeneration::FetchSummary> fetch_first(const po::variables_map& values,
                                                      const regeneration::RegenerateOptions& o,
                                                      regeneration::FetchOptions f, RunObserver& observer) {
  if (values.count("fetch") == 0) return std::nullopt;
  if (o.audio.empty())
    throw ConfigError("melomine regenerate: --fetch needs --audio, the folder that recordings are kept in");
  f.command = regeneration::words_of(values["fetch"].as<std::string>());
  f.into = o.audio.front();
  f.state = o.out / "fetch.csv";
  f.tolerance_s = o.cut.tolerance_s;
  f.retry = values["retry"].as<bool>();
  fs::create_directories(o.out);
  return regeneration::fetch(regeneration::read_wanted(o.table), f, observer);
}

int run_regenerate(const Arguments& args) {
  regeneration::RegenerateOptions o;
  regeneration::FetchOptions f;
  po::options_description options("Options");
  add_options_of(options, o, f);
  const auto values = parse_arguments(kRegenerateHelp, options, {"table"}, args);
  if (!values) return 0;
  require_options(kRegenerateHelp, *values, {"table"});
  read_paths(*values, o);
  if ((*values)["plan"].as<bool>()) {
    print_plan(regeneration::read_wanted(o.table));
    return 0;
  }
  require_options(kRegenerateHelp, *values, {"out"});
  if (o.audio.empty() && o.hums.empty())
    throw ConfigError("melomine regenerate: neither --audio nor --hums is given");
  const bool json = (*values)["json"].as<bool>();
  ConsoleObserver console;
  const auto fetched = fetch_first(*values, o, f, console);
  const auto summary = regeneration::regenerate(o, console);
  if (fetched && !json) print_fetch(*fetched, o.out / "fetch.csv");
  const std::string statement = regeneration::availability_statement(summary.availability, o.name, o.day);
  if (json)
    fmt::print("{}", regeneration::availability_json(summary.availability, o.name, o.day));
  else
    fmt::print("{}\n{} recordings cut now; what is missing: {}\n", statement, summary.cut_now,
               summary.missing.string());
  if (fetched && !fetched->stopped.empty()) return kStopped;
  const auto& fragments = summary.availability.fragments;
  return (*values)["strict"].as<bool>() && fragments.had < fragments.listed ? 1 : 0;
}

}  // namespace

Command regenerate_command() {
  return {kRegenerateHelp, run_regenerate};
}

}  // namespace melomine::cli
