#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/clock_text.h"
#include "cli/command.h"
#include "cli/library_ears.h"
#include "configs/config.h"
#include "core/folder.h"
#include "core/json_text.h"
#include "core/logging.h"
#include "core/progress.h"
#include "dsp/decode.h"
#include "library/identifier.h"
#include "models/compute_threads.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;
using library::Identified;
using library::Library;
using library::Stretch;
using nlohmann::ordered_json;

CommandHelp identify_help() {
  return {.name = "identify",
          .summary = "Find all songs of a library in long recordings: a rehearsal, a radio show.",
          .usage = "LIBRARY RECORDING|FOLDER ... [options]",
          .examples =
              "  melomine identify songs.library rehearsal.mp3\n"
              "  melomine identify songs.library shows/ --json > found.jsonl    # every recording there\n"
              "  melomine identify songs.library show.mp3 --set window_s=15 least_evidence=4\n\n"
              "Windows of a recording are searched as `melomine search` searches hums; what neighbouring "
              "windows\n"
              "find of one song at one place becomes a stretch. A recording may have any length and is heard "
              "once.\n\n"
              "settings and their defaults (--set key=value ...):\n" +
              configs::to_yaml(library::IdentifyConfig{}, true)};
}

po::options_description options_of() {
  po::options_description options("Options");
  auto add = options.add_options();
  add("library", po::value<std::string>(), "folder that `melomine index` made");
  add("recordings", po::value<std::vector<std::string>>(), "recordings, and folders of them");
  add("exact", po::bool_switch(), "compare with every song at every place; the same as --set candidates=0");
  add("device", po::value<std::string>()->default_value("cpu"), "where the encoder runs: cpu | cuda");
  add("set", po::value<std::vector<std::string>>()->multitoken()->composing()->value_name("key=value"),
      "settings");
  add("json", po::bool_switch(), "print JSON Lines, one stretch each");
  return options;
}

std::vector<fs::path> recordings_of(const po::variables_map& values) {
  std::vector<fs::path> recordings;
  for (const auto& name : values["recordings"].as<std::vector<std::string>>()) {
    if (!fs::is_directory(name)) {
      recordings.emplace_back(name);
      continue;
    }
    const size_t before = recordings.size();
    for (const fs::path& file : list_folder_deeply(name))
      if (fs::is_regular_file(file) && dsp::holds_audio(file)) recordings.push_back(file);
    if (recordings.size() == before) throw DataError(name, "", "the folder holds no audio file");
  }
  return recordings;
}

ordered_json as_json(const Stretch& stretch, const Library& library) {
  ordered_json json = {{"query_start_s", stretch.query_start_s}, {"query_end_s", stretch.query_end_s}};
  if (stretch.song >= 0) {
    const library::Song& song = library.song(stretch.song);
    json["id"] = song.id;
    json["title"] = song.title;
    json["ref_start_s"] = stretch.ref_start_s;
    json["ref_end_s"] = stretch.ref_end_s;
    json["tempo_ratio"] = stretch.tempo_ratio;
    json["transposition_semitones"] = stretch.transposition_semitones;
    json["score"] = stretch.score;
    json["evidence"] = stretch.evidence;
    json["confidence"] = stretch.confidence ? ordered_json(*stretch.confidence) : ordered_json();
    json["windows"] = stretch.hits;
  }
  return json;
}

void print_json(const std::string& name, const Identified& found, const Library& library) {
  for (const Stretch& stretch : found.stretches) {
    ordered_json json = {{"query", name}, {"match", stretch.song >= 0}};
    json.update(as_json(stretch, library));
    json["alternatives"] = ordered_json::array();
    for (const Stretch& other : stretch.alternatives) json["alternatives"].push_back(as_json(other, library));
    fmt::print("{}\n", json_text(json));
  }
}

void print_table(const std::string& name, const Identified& found, const Library& library) {
  const auto title = [&](const Stretch& stretch) {
    const library::Song& song = library.song(stretch.song);
    return song.title.empty() ? song.id : fmt::format("{}  {}", song.id, song.title);
  };
  fmt::print("{}  ({})\n", name, clock_text(found.duration_s));
  const bool is_sure = std::any_of(found.stretches.begin(), found.stretches.end(),
                                   [](const Stretch& s) { return s.confidence.has_value(); });
  if (!found.stretches.empty())
    fmt::print("  {:23}  {:21}  {:6}{:>9}{:>9}  {}{}\n", "place in the recording", "place in the song",
               "tempo", "key shift", "evidence", is_sure ? "sure  " : "", "song");
  for (const Stretch& s : found.stretches) {
    fmt::print("  {:>10} – {:<10}", clock_text(s.query_start_s), clock_text(s.query_end_s));
    if (s.song < 0) {
      fmt::print("  no match\n");
      continue;
    }
    fmt::print("  {:>9} – {:<9}  x{:<5.2f} {:+5.1f} st  {:7.1f}  {}{}\n", clock_text(s.ref_start_s),
               clock_text(s.ref_end_s), s.tempo_ratio, s.transposition_semitones, s.evidence,
               s.confidence ? fmt::format("{:.2f}  ", *s.confidence) : "", title(s));
    for (const Stretch& other : s.alternatives)
      fmt::print("  {:>10}   {:10}  {:>9} – {:<9}  {:16} {:7.1f}  or {}\n", "", "",
                 clock_text(other.ref_start_s), clock_text(other.ref_end_s), "", other.evidence,
                 title(other));
  }
}

/// Hears and searches one recording.
Identified identify(const fs::path& recording, library::Identifier& identifier,
                    const std::optional<library::Confidence>& confidence) {
  bool has_begun = false;
  const auto begin = [&] {
    if (has_begun) identifier.restart();
    has_begun = true;
    return dsp::PieceSink([&](std::span<const int16_t> piece) { identifier.push(piece); });
  };
  const dsp::DecodeResult decoded = dsp::decode_audio(recording, {}, begin);
  if (decoded.repairs.any()) log_warning("{}: {}", recording.string(), decoded.repairs.text());
  return identifier.finish(confidence);
}

int run_identify(const Arguments& args) {
  const auto values = parse_arguments(identify_help(), options_of(), {"library", "recordings*"}, args);
  if (!values) return 0;
  require_options(identify_help(), *values, {"library", "recordings"});
  library::IdentifyConfig config;
  if (values->count("set") > 0)
    configs::apply_overrides(config, (*values)["set"].as<std::vector<std::string>>());
  if ((*values)["exact"].as<bool>()) config.search.candidates = 0;
  const Library library = Library::open((*values)["library"].as<std::string>());
  const LibraryEars ears(library.folder() / library::kModelFile, (*values)["device"].as<std::string>());
  const auto confidence = library::read_confidence(library.folder());
  const auto hear = [&](const dsp::AudioBuffer& audio) {
    const models::ComputeThreads one(1);  // blocks are heard in parallel
    return library::hear_block(audio, config.search.query_tempo_ratios, config.silence_db, ears.ears());
  };
  ConsoleObserver observer;
  int64_t failed = 0;
  const auto recordings = recordings_of(*values);
  for (const fs::path& recording : recordings) {
    library::Identifier identifier(library, config, hear, [&](double done_s) {
      observer.on_progress(static_cast<int64_t>(done_s), "");
    });
    const auto start = std::chrono::steady_clock::now();
    observer.on_stage_begin(recording.filename().string(),
                            std::llround(dsp::told_duration_s(recording).value_or(0)), "s");
    try {
      const Identified found = identify(recording, identifier, confidence);
      const double took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      observer.on_stage_end(fmt::format("{} long, {} of {} windows searched, {:.1f} x real time",
                                        clock_text(found.duration_s), found.searched, found.windows,
                                        found.duration_s / std::max(took_s, 1e-3)));
      if ((*values)["json"].as<bool>())
        print_json(recording.string(), found, library);
      else
        print_table(recording.string(), found, library);
      std::fflush(stdout);
    } catch (const DataError& e) {
      ++failed;
      observer.on_stage_end("left out");
      log_warning("{} is left out: {}", recording.string(), e.what());
    }
  }
  return failed == static_cast<int64_t>(recordings.size()) ? 1 : 0;
}

}  // namespace

Command identify_command() {
  return {identify_help(), run_identify};
}

}  // namespace melomine::cli
