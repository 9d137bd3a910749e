#include "datasets/ingest.h"
#include "core/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/progress.h"

namespace melomine::cli {
namespace {

const CommandHelp kIngestHelp = {
    "ingest", "Decode the recordings of a table into audio shards.", "SONGS.CSV --out DIR [options]",
    "  melomine ingest corpus/songs.csv --out shards\n"
    "  melomine ingest corpus/songs.csv --out shards --jobs 8 --json > summary.json\n"
    "Interrupted, the same command continues. Recordings that cannot be decoded are listed in\n"
    "DIR/set_aside.csv; with --strict they make the exit status 1. What was mended in others (gaps filled\n"
    "with silence, one channel taken of two that cancel out) is listed in DIR/repaired.csv."};

nlohmann::ordered_json as_json(const datasets::IngestSummary& s, const std::string& out) {
  nlohmann::ordered_json set_aside = nlohmann::ordered_json::array();
  for (const auto& item : s.set_aside)
    set_aside.push_back({{"recording_id", item.recording_id}, {"path", item.path}, {"reason", item.reason}});
  nlohmann::ordered_json repaired = nlohmann::ordered_json::array();
  for (const auto& item : s.repaired)
    repaired.push_back({{"recording_id", item.recording_id},
                        {"path", item.path},
                        {"repairs", item.repairs.text()},
                        {"gaps", item.repairs.gaps},
                        {"gap_s", item.repairs.gap_s},
                        {"first_gap_s", item.repairs.first_gap_s},
                        {"restarts", item.repairs.restarts},
                        {"skipped_places", item.repairs.skipped_places},
                        {"only_channel", item.repairs.only_channel},
                        {"lacks_last_page", item.repairs.lacks_last_page},
                        {"undeclared_s", item.repairs.undeclared_s},
                        {"short_gap_s", item.repairs.short_gap_s}});
  return {{"out", out},
          {"recordings", s.recordings},
          {"stored", s.stored},
          {"stored_by_kind", s.stored_by_kind},
          {"duration_s", s.duration_s},
          {"shards", s.shards},
          {"decoded_now", s.decoded},
          {"already_done", s.already_done},
          {"set_aside", set_aside},
          {"repaired", repaired}};
}

/// The first few items, and where the others stand.
template <class Items, class Text>
void print_some(const Items& items, const std::string& list, const Text& text) {
  constexpr size_t kShown = 10;
  for (size_t i = 0; i < std::min(kShown, items.size()); ++i)
    fmt::print("           {} ({}): {}\n", items[i].recording_id, items[i].path, text(items[i]));
  if (items.size() > kShown) fmt::print("           … {} more in {}\n", items.size() - kShown, list);
}

void print_summary(const datasets::IngestSummary& s, const std::string& out) {
  if (s.already_done) fmt::print("{} is finished already; nothing changed since\n", out);
  fmt::print("stored     {} of {} recordings, {}, in {} shard(s) of {}\n", s.stored, s.recordings,
             format_duration(s.duration_s), s.shards, out);
  for (const auto& [kind, count] : s.stored_by_kind) fmt::print("           {} {}\n", count, kind);
  fmt::print("set aside  {}\n", s.set_aside.size());
  print_some(s.set_aside, out + "/set_aside.csv", [](const auto& item) { return item.reason; });
  if (s.repaired.empty()) return;
  fmt::print("repaired   {}\n", s.repaired.size());
  print_some(s.repaired, out + "/repaired.csv", [](const auto& item) { return item.repairs.text(); });
}

int run_ingest(const Arguments& args) {
  datasets::IngestOptions o;
  std::string table, out;
  po::options_description options("Options");
  options.add_options()("songs", po::value(&table), "songs.csv: recording_id, song_id, kind, path, …")(
      "out", po::value(&out), "folder of the shards")("jobs", po::value(&o.jobs)->default_value(o.jobs),
                                                      "files decoded at once; 0 = one per processor")(
      "sample-rate", po::value(&o.sample_rate_hz)->default_value(o.sample_rate_hz), "of the shards, Hz")(
      "shard-mib", po::value(&o.shard_mib)->default_value(o.shard_mib), "largest size of a shard, MiB")(
      "strict", po::bool_switch(), "exit with 1 when a recording was set aside")("json", po::bool_switch(),
                                                                                 "print the summary as JSON");
  const auto values = parse_arguments(kIngestHelp, options, {"songs"}, args);
  if (!values) return 0;
  require_options(kIngestHelp, *values, {"songs", "out"});
  o.songs_table = table;
  o.out = out;
  ConsoleObserver console;
  const auto summary = datasets::ingest(o, console);
  if ((*values)["json"].as<bool>()) {
    using nlohmann::ordered_json;
    fmt::print("{}\n", json_text(as_json(summary, out), 2));
  } else {
    print_summary(summary, out);
  }
  return (*values)["strict"].as<bool>() && !summary.set_aside.empty() ? 1 : 0;
}

}  // namespace

Command ingest_command() {
  return {kIngestHelp, run_ingest};
}

}  // namespace melomine::cli
