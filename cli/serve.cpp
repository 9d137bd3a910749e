#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "cli/command.h"
#include "cli/library_ears.h"
#include "cli/option_binder.h"
#include "configs/config.h"
#include "dsp/midi.h"
#include "library/confidence.h"
#include "library/song_search.h"
#include "models/compute_threads.h"
#include "service/service.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;
using library::Library;

CommandHelp serve_help() {
  return {.name = "serve",
          .summary = "Put a library of songs on a local page, where people find them by humming.",
          .usage = "LIBRARY [options]",
          .examples =
              "  melomine serve songs.library                       # then open the address that it prints\n"
              "  melomine serve songs.library --port 0 --keep judged   # any free port; verdicts are kept\n"
              "  melomine evaluate --queries judged/queries.csv --references refs/references.csv\n\n"
              "It listens on this machine alone unless --host says otherwise, and ends with Ctrl-C.\n\n"
              "settings of the search and their defaults (--set key=value ...):\n" +
              configs::to_yaml(library::SearchConfig{}, true)};
}

/// A library as the service asks it.
class LibraryFinder : public service::SongFinder {
 public:
  LibraryFinder(const Library& library, const library::SearchConfig& config, const std::string& device)
      : library_(library),
        config_(config),
        ears_(library.folder() / library::kModelFile, device),
        confidence_(library::read_confidence(library.folder())) {}

  service::Found find(const dsp::AudioBuffer& hum, int64_t count) const override {
    const models::ComputeThreads one(1);  // searches run side by side
    const library::Query query =
        library::hear_query(hum, config_.query_tempo_ratios, config_.trim_queries_db, ears_.ears());
    const auto songs = library::search(library_, query, config_, std::max(count, library::kSongsOfEvidence));
    service::Found found;
    found.query = curve_of(query.contour.pitch_midi);
    const library::Sureness sure = library::sureness_of(songs, confidence_);
    found.is_match = sure.is_match;
    for (size_t i = 0; i < songs.size() && static_cast<int64_t>(i) < count; ++i)
      found.songs.push_back(told(songs[i], query));
    if (sure.confidence && !found.songs.empty()) found.songs[0].confidence = *sure.confidence;
    return found;
  }

  service::PitchCurve curve(const std::string& song_id, double start_s, double end_s) const override {
    const std::vector<float> pitch = library_.pitch(number_of(song_id));
    const double hop_s = library_.manifest().contour_hop_s;
    const auto frames = static_cast<double>(pitch.size());
    const auto first = static_cast<size_t>(std::clamp(std::floor(start_s / hop_s), 0.0, frames));
    const auto last = static_cast<size_t>(std::clamp(std::ceil(end_s / hop_s), 0.0, frames));
    if (first >= last) return {.hop_s = hop_s, .semitones = {}};
    return curve_of({pitch.begin() + static_cast<std::ptrdiff_t>(first),
                     pitch.begin() + static_cast<std::ptrdiff_t>(last)});
  }

  std::optional<fs::path> audio(const std::string& song_id) const override {
    return file_of(number_of(song_id));
  }
  int64_t songs() const override { return library_.songs(); }
  std::string description() const override {
    return fmt::format("{}, generation {}, encoder of step {}", library_.folder().filename().string(),
                       library_.manifest().generation, library_.manifest().model.step);
  }

 private:
  int64_t number_of(const std::string& song_id) const {
    const int64_t number = library_.find(song_id);
    if (number < 0) throw DataError(fmt::format("there is no song '{}'", song_id));
    return number;
  }

  /// A score has no sound.
  std::optional<fs::path> file_of(int64_t number) const {
    const fs::path path = library_.song(number).path;
    std::error_code error;
    if (!fs::is_regular_file(path, error) || dsp::is_midi(path)) return std::nullopt;
    return path;
  }

  service::PitchCurve curve_of(std::vector<float> pitch) const {
    for (float& value : pitch)
      if (value <= 0) value = std::numeric_limits<float>::quiet_NaN();
    return {.hop_s = library_.manifest().contour_hop_s, .semitones = std::move(pitch)};
  }

  service::FoundSong told(const library::FoundSong& found, const library::Query& query) const {
    const library::Song& song = library_.song(found.number);
    const library::FoundPlace& place = found.places.front();
    return {.id = song.id,
            .title = song.title.empty() ? song.id : song.title,
            .score = found.score,
            .confidence = std::numeric_limits<double>::quiet_NaN(),
            .start_s = place.start_s,
            .end_s = place.end_s,
            .query_start_s = query.start_s,
            .query_end_s = query.start_s + query.duration_s,
            .tempo_ratio = place.tempo_ratio,
            .transposition_semitones = place.transposition_semitones,
            .has_audio = file_of(found.number).has_value()};
  }

  const Library& library_;
  const library::SearchConfig& config_;
  LibraryEars ears_;
  std::optional<library::Confidence> confidence_;
};

int run_serve(const Arguments& args) {
  service::ServiceConfig service;
  po::options_description options("Options");
  auto add = options.add_options();
  add("library", po::value<std::string>(), "folder that `melomine index` made");
  add("device", po::value<std::string>()->default_value("cpu"), "where the encoder runs: cpu | cuda");
  add("set", po::value<std::vector<std::string>>()->multitoken()->composing()->value_name("key=value"),
      "settings of the search");
  add_options(options, service);
  const auto values = parse_arguments(serve_help(), options, {"library"}, args);
  if (!values) return 0;
  require_options(serve_help(), *values, {"library"});
  read_options(*values, service);
  library::SearchConfig config;
  if (values->count("set") > 0)
    configs::apply_overrides(config, (*values)["set"].as<std::vector<std::string>>());
  const Library library = Library::open((*values)["library"].as<std::string>());
  const LibraryFinder finder(library, config, (*values)["device"].as<std::string>());
  service::run_service(finder, service, [keeps = !service.keep.empty()](const std::string& address) {
    fmt::print("{}\n", address);
    if (!keeps) fmt::print("verdicts are not kept; --keep DIR keeps them\n");
    std::fflush(stdout);
  });
  return 0;
}

}  // namespace

Command serve_command() {
  return {serve_help(), run_serve};
}

}  // namespace melomine::cli
