#include "regeneration/import_set.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/fetch_options.h"
#include "core/atomic_file.h"
#include "core/exit_status.h"
#include "core/json_text.h"
#include "core/progress.h"
#include "layouts/known_layouts.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;

const CommandHelp kImportHelp{
    .name = "import",
    .summary = "Write a published data set as tables to ingest and evaluate, and say what of it is missing.",
    .usage = "NAME ROOT --out DIR [options]",
    .examples =
        "  melomine import --list                                      # names, and what they are\n"
        "  melomine import shs100k data/shs100k --audio data/shs100k/audio --split test --out "
        "imported/shs100k\n"
        "  melomine import mir_qbsh data/mir_qbsh --out imported/jang\n"
        "  melomine import discogs_vi data/Discogs-VI-YT-light.json.train --audio data/discogs/audio --out "
        "imported/discogs "
        "--fetch \"yt-dlp -f bestaudio -o '{folder}/a.%(ext)s' {url}\"\n"
        "CHAD has a table of its own form: melomine regenerate. docs/protocols.md tells how each set lies."};

int list_layouts() {
  for (const layouts::KnownLayout& layout : layouts::known_layouts())
    fmt::print("{:14}{}\n", layout.name, layout.doc);
  return 0;
}

void write_record(const layouts::Checklist& checklist, const regeneration::ImportSummary& s,
                  const fs::path& file) {
  nlohmann::ordered_json parts = nlohmann::ordered_json::array();
  for (const layouts::ChecklistPart& part : checklist.parts)
    parts.push_back(
        {{"what", part.what}, {"expected", part.expected}, {"found", part.found}, {"missing", part.missing}});
  const nlohmann::ordered_json json = {{"layout", checklist.layout},
                                       {"root", checklist.root.string()},
                                       {"parts", parts},
                                       {"unread_rows", checklist.unread_rows},
                                       {"unread", checklist.unread},
                                       {"recordings", s.recordings},
                                       {"queries", s.queries},
                                       {"references", s.references},
                                       {"planned", s.planned}};
  write_file_atomically(file, json_text(json, 2) + "\n");
}

int run_import(const Arguments& args) {
  layouts::LayoutPlace place;
  regeneration::FetchOptions f;
  po::options_description options("Options");
  options.add_options()("name", po::value<std::string>(), "of the set, as --list tells")(
      "root", po::value<std::string>()->value_name("DIR"), "where its lists lie")(
      "audio", po::value<std::string>()->value_name("DIR"), "where its recordings lie, if elsewhere")(
      "split", po::value(&place.split)->default_value(""), "part of it; empty: all")(
      "out", po::value<std::string>()->value_name("DIR"), "folder that is written")("list", po::bool_switch(),
                                                                                    "tell what is known");
  add_fetch_options(options, f);
  const auto values = parse_arguments(kImportHelp, options, {"name", "root"}, args);
  if (!values) return 0;
  if ((*values)["list"].as<bool>()) return list_layouts();
  require_options(kImportHelp, *values, {"name", "root", "out"});
  const std::string name = (*values)["name"].as<std::string>();
  place.root = (*values)["root"].as<std::string>();
  if (values->count("audio") > 0) place.audio = (*values)["audio"].as<std::string>();
  if (values->count("fetch") > 0 && !place.audio.empty()) make_folder(place.audio);
  const fs::path out = (*values)["out"].as<std::string>();
  ConsoleObserver console;
  layouts::PublishedSet set = layouts::read_layout(name, place);
  int64_t refused = 0;
  const auto fetched = fetch_if_asked(*values, f, regeneration::wanted_of(set, refused), place.audio,
                                      out / "fetch.csv", console);
  if (fetched) {
    print_fetch(*fetched, out / "fetch.csv");
    set = layouts::read_layout(name, place);
  }
  const auto summary = regeneration::import_set(set, out);
  write_record(set.checklist, summary, out / "import.json");
  fmt::print("{}: {}\n", set.checklist.layout, set.checklist.text());
  if (refused > 0) fmt::print("{} ids of YouTube could not name a file and are passed over\n", refused);
  for (const fs::path& table : summary.tables) fmt::print("{}\n", table.string());
  return fetched && !fetched->stopped.empty() ? kExitRequeue : 0;
}

}  // namespace

Command import_command() {
  return {kImportHelp, run_import};
}

}  // namespace melomine::cli
