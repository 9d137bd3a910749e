#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/library_ears.h"
#include "core/json_text.h"
#include "core/progress.h"
#include "evaluation/query_table.h"
#include "library/index_recall.h"
#include "library/library_builder.h"
#include "models/compute_threads.h"
#include "retrieval/ann_index.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;
using library::BuildSummary;
using library::IndexRecall;

const CommandHelp kIndexHelp = {
    .name = "index",
    .summary = "Make a library of songs that `melomine search` finds, and change it.",
    .usage = "LIBRARY [--add TABLE|FOLDER ...] [--remove ID ...] [options]",
    .examples =
        "  melomine index songs.library --add refs/references.csv --checkpoint "
        "runs/contour/round_00/train/best.safetensors\n"
        "  melomine index songs.library --add more/                   # extended, nothing heard twice\n"
        "  melomine index songs.library --remove pop909_150\n"
        "  melomine index songs.library --rebuild --index IVF1024,PQ32\n"
        "  melomine index songs.library --verify                      # reads every byte\n"
        "  melomine index songs.library                               # tells what it is\n\n"
        "TABLE has the columns reference_id, path and, if you like, title; of a folder every audio and MIDI\n"
        "file is a song. Interrupted, the same command continues. While a library is changed it can be\n"
        "searched: each change counts at once, or not at all."};

po::options_description options_of(library::BuildOptions& build) {
  po::options_description options("Options");
  auto add = options.add_options();
  add("library", po::value<std::string>(), "folder of the library");
  add("add", po::value<std::vector<std::string>>()->multitoken()->composing()->value_name("CSV|DIR"),
      "tables (reference_id, path, title) or folders of audio and MIDI");
  add("remove", po::value<std::vector<std::string>>()->multitoken()->composing()->value_name("ID"),
      "songs that are to be found no more");
  add("checkpoint", po::value<std::string>()->value_name("FILE"),
      "encoder of a new library, which keeps a copy");
  add("index", po::value(&build.factory)->default_value(build.factory)->value_name("FACTORY"),
      "text of FAISS's index factory, such as Flat, IVF1024,SQ8, IVF4096,PQ32, HNSW32; auto: by size. For a "
      "new library and --rebuild");
  add("rebuild", po::bool_switch(),
      "write songs and index anew, without those removed; sensible after many changes");
  add("verify", po::bool_switch(), "compare every file with its checksum");
  add("no-recall", po::bool_switch(), "spare the comparison of the index with exact search");
  add("segment-songs", po::value(&build.songs_per_segment)->default_value(build.songs_per_segment),
      "songs heard between two commits; what is lost when the command is killed");
  add("device", po::value<std::string>()->default_value("cpu"), "where the encoder runs: cpu | cuda");
  add("strict", po::bool_switch(), "exit with 1 when a song was set aside");
  add("json", po::bool_switch(), "print the summary as JSON");
  return options;
}

std::vector<library::SongFile> songs_of(const po::variables_map& values) {
  std::vector<fs::path> tables;
  for (const auto& name : values["add"].as<std::vector<std::string>>()) tables.emplace_back(name);
  std::vector<library::SongFile> songs;
  const auto found = evaluation::read_references(tables, {.broken = evaluation::BrokenItems::kAreLeftOut});
  for (const evaluation::ReferenceEntry& entry : found.entries)
    songs.push_back(
        {.id = entry.reference_id, .title = entry.title, .path = entry.path, .table = entry.table});
  return songs;
}

nlohmann::ordered_json as_json(const IndexRecall& r) {
  if (r.stretches == 0) return {};
  return {{"stretches", r.stretches},     {"fingerprints", r.fingerprints},
          {"neighbours", r.neighbours},   {"nearest", r.nearest},
          {"two_step_top10", r.two_step}, {"exact_top10", r.exact},
          {"two_step_s", r.two_step_s},   {"exact_s", r.exact_s}};
}

nlohmann::ordered_json as_json(const BuildSummary& s, const IndexRecall& recall) {
  auto set_aside = nlohmann::ordered_json::array();
  for (const auto& song : s.set_aside) set_aside.push_back({{"id", song.id}, {"reason", song.reason}});
  return {{"generation", s.generation},
          {"songs", s.songs},
          {"added", s.added},
          {"replaced", s.replaced},
          {"unchanged", s.unchanged},
          {"removed", s.removed},
          {"set_aside", set_aside},
          {"fingerprints", s.fingerprints},
          {"index", s.factory},
          {"sequence_bytes", s.sequence_bytes},
          {"contour_bytes", s.contour_bytes},
          {"index_bytes", s.index_bytes},
          {"hearing_s", s.hearing_s},
          {"indexing_s", s.indexing_s},
          {"recall", as_json(recall)}};
}

std::string size_text(int64_t bytes) {
  return bytes < 10'000'000 ? fmt::format("{:.0f} kB", static_cast<double>(bytes) / 1e3)
                            : fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
}

void print(const BuildSummary& s) {
  fmt::print("songs       {} in generation {}: {} added, {} replaced, {} unchanged, {} removed\n", s.songs,
             s.generation, s.added - s.replaced, s.replaced, s.unchanged, s.removed);
  fmt::print("set aside   {}\n", s.set_aside.size());
  constexpr size_t kShown = 10;
  for (size_t i = 0; i < std::min(kShown, s.set_aside.size()); ++i)
    fmt::print("            {}: {}\n", s.set_aside[i].id, s.set_aside[i].reason);
  const int64_t bytes = s.sequence_bytes + s.contour_bytes + s.index_bytes;
  fmt::print("on disk     {}: fingerprints {}, contours {}, index {} {}; {} a song\n", size_text(bytes),
             size_text(s.sequence_bytes), size_text(s.contour_bytes), s.factory, size_text(s.index_bytes),
             size_text(bytes / std::max<int64_t>(1, s.songs)));
  if (s.hearing_s + s.indexing_s > 0.5)
    fmt::print("time        {} heard, {} indexed\n", format_duration(s.hearing_s),
               format_duration(s.indexing_s));
}

void print(const IndexRecall& r) {
  if (r.stretches == 0) return;
  fmt::print(
      "recall      {:.3f} of the {} nearest of {} fingerprints; of {} stretches of 8 s with noise, in the "
      "first ten: {:.3f} by "
      "two steps in {:.0f} ms, {:.3f} by exact search in {:.0f} ms\n",
      r.nearest, r.neighbours, r.fingerprints, r.stretches, r.two_step, r.two_step_s * 1e3, r.exact,
      r.exact_s * 1e3);
}

/// What the songs to come will take, by a song of four minutes.
/// @param factory  FAISS's text of the library, or what is to become it
void print_estimate(size_t songs, const library::ModelRecord& model, std::string factory) {
  const double steps = 240 / model.hop_s;
  const auto rows = static_cast<int64_t>(steps * static_cast<double>(songs));
  if (factory == library::kAutoFactory) factory = retrieval::factory_for(rows, model.dim);
  const double of_index = retrieval::AnnIndex(model.dim, factory).bytes_per_row();
  const double bytes = steps * (2.0 * static_cast<double>(model.dim) + of_index);
  fmt::print(stderr, "{} songs; one of four minutes takes {:.0f} kB with an index {}, all of them about {}\n",
             songs, bytes / 1e3, factory,
             size_text(static_cast<int64_t>(bytes * static_cast<double>(songs))));
}

BuildSummary add_songs(const fs::path& folder, const po::variables_map& values,
                       const library::BuildOptions& build, RunObserver& observer) {
  const auto songs = songs_of(values);
  const bool is_new = !fs::exists(folder / library::kManifestFile);
  if (is_new && values.count("checkpoint") == 0)
    throw ConfigError(
        fmt::format("melomine index: {} is no library yet; --checkpoint says by which encoder "
                    "its songs are to be heard",
                    folder.string()));
  const fs::path checkpoint = values.count("checkpoint") > 0
                                  ? fs::path(values["checkpoint"].as<std::string>())
                                  : folder / library::kModelFile;
  const LibraryEars ears(checkpoint, values["device"].as<std::string>());
  library::LibraryBuilder builder(folder, checkpoint, ears.record(), LibraryEars::kContourHop_s);
  const std::string factory = builder.describe().factory;
  print_estimate(songs.size(), ears.record(), factory.empty() ? build.factory : factory);
  const auto hear = [&](const library::SongFile& song) {
    const models::ComputeThreads one(1);  // songs are heard in parallel
    return library::hear_song(song, ears.ears());
  };
  return builder.add(songs, hear, build, observer);
}

int run_index(const Arguments& args) {
  library::BuildOptions build;
  const auto values = parse_arguments(kIndexHelp, options_of(build), {"library"}, args);
  if (!values) return 0;
  require_options(kIndexHelp, *values, {"library"});
  const fs::path folder = (*values)["library"].as<std::string>();
  ConsoleObserver observer;
  BuildSummary summary;
  if (values->count("add") > 0) {
    summary = add_songs(folder, *values, build, observer);
  } else {
    library::LibraryBuilder builder(folder);
    summary = builder.describe();
  }
  if (values->count("remove") > 0) {
    library::LibraryBuilder builder(folder);
    summary = builder.remove((*values)["remove"].as<std::vector<std::string>>());
  }
  if ((*values)["rebuild"].as<bool>()) {
    library::LibraryBuilder builder(folder);
    summary = builder.rebuild(build, observer);
  }
  if ((*values)["verify"].as<bool>())
    fmt::print(stderr, "{}: {} as they were written\n", folder.string(), size_text(library::verify(folder)));
  const bool has_recall = !(*values)["no-recall"].as<bool>() && !summary.factory.empty();
  const IndexRecall recall =
      has_recall ? library::measure_recall(library::Library::open(folder), {}, {}) : IndexRecall{};
  if ((*values)["json"].as<bool>()) {
    fmt::print("{}\n", json_text(as_json(summary, recall), 2));
  } else {
    print(summary);
    print(recall);
  }
  return (*values)["strict"].as<bool>() && !summary.set_aside.empty() ? 1 : 0;
}

}  // namespace

Command index_command() {
  return {kIndexHelp, run_index};
}

}  // namespace melomine::cli
