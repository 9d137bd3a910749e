// A library the size of a published one, without its music: songs are drawn sequences of fingerprints,
// queries stretches of them with noise. Prints one table.
//   library_bench FOLDER [songs=90000] [steps=311] [query_steps=13] [queries=50] [noise=1.0] [factory=auto]
//                 [first=0] [asked=SONGS] [answers=FILE]
// FOLDER is made anew unless it holds a library of that many songs already. Songs are numbers first .. first
// + songs; queries are of songs 0 .. asked. `answers` gets a line for each query of the two-step search: the
// song asked for, milliseconds, then songs with their scores: what a split over processes has to put together
// (bench/library_split.sh).
#include <sys/resource.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "core/progress.h"
#include "core/random.h"
#include "library/library_builder.h"
#include "library/song_search.h"

namespace {

namespace fs = std::filesystem;
using namespace melomine;
using library::HeardSong;
using library::Library;
using retrieval::FingerprintSequence;

constexpr int64_t kDim = 128;
constexpr int64_t kStyles = 1000;
constexpr double kHop_s = 0.64, kWindow_s = 8;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_gb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e6;
}

void append_unit(const std::vector<double>& row, FingerprintSequence& z) {
  double square = 0;
  for (const double v : row) square += v * v;
  for (const double v : row) z.values.push_back(static_cast<float>(v / std::sqrt(square)));
}

/// Half a style that many songs share, a quarter of the song's own, and a walk.
FingerprintSequence song_of(uint64_t seed, int64_t steps) {
  RandomStream random({seed});
  RandomStream style({1, static_cast<uint64_t>(random.integer(kStyles))});
  std::vector<double> middle(kDim), walk(kDim), row(kDim);
  for (double& v : middle) v = 0.7 * style.normal() + 0.5 * random.normal();
  for (double& v : walk) v = random.normal();
  FingerprintSequence z{.steps = steps, .dim = kDim, .hop_s = kHop_s, .values = {}};
  for (int64_t t = 0; t < steps; ++t) {
    for (int64_t d = 0; d < kDim; ++d) {
      walk[static_cast<size_t>(d)] = 0.8 * walk[static_cast<size_t>(d)] + 0.6 * random.normal();
      row[static_cast<size_t>(d)] = middle[static_cast<size_t>(d)] + walk[static_cast<size_t>(d)];
    }
    append_unit(row, z);
  }
  return z;
}

library::Query query_of(const FingerprintSequence& song, int64_t first, int64_t steps, double noise,
                        uint64_t seed) {
  RandomStream random({2, seed});
  FingerprintSequence z{.steps = steps, .dim = kDim, .hop_s = kHop_s, .values = {}};
  for (int64_t t = first; t < first + steps; ++t) {
    std::vector<double> row;
    for (const float v : song.row(t))
      row.push_back(v + noise * random.normal() / std::sqrt(static_cast<double>(kDim)));
    append_unit(row, z);
  }
  return {.tempo_ratios = {1}, .variants = {std::move(z)}, .contour = {}};
}

/// Stands for a file; its seed is its name.
std::vector<library::SongFile> songs(const fs::path& folder, int64_t first, int64_t last) {
  std::vector<library::SongFile> all;
  const fs::path file = folder / "song";
  std::ofstream(file) << "a song";
  for (int64_t n = first; n < last; ++n)
    all.push_back({.id = std::to_string(n), .title = {}, .path = file, .table = "bench"});
  return all;
}

struct Found {
  double median_ms = 0, worst_ms = 0, top1 = 0, top10 = 0;
};

Found ask(const Library& library, const std::map<std::string, double>& o, const library::SearchConfig& config,
          int64_t queries, const std::string& answers_file = {}) {
  std::vector<double> ms;
  Found found;
  std::ofstream answers;
  if (!answers_file.empty()) answers.open(answers_file);
  for (int64_t q = 0; q < queries; ++q) {
    RandomStream random({3, static_cast<uint64_t>(q)});
    const auto seed = static_cast<uint64_t>(random.integer(static_cast<int64_t>(o.at("asked"))));
    const auto steps = static_cast<int64_t>(o.at("steps")),
               length = static_cast<int64_t>(o.at("query_steps"));
    const auto query = query_of(song_of(seed, steps), random.integer(steps - length), length, o.at("noise"),
                                static_cast<uint64_t>(q));
    const auto start = std::chrono::steady_clock::now();
    const auto answer = library::search(library, query, config, 10);
    ms.push_back(seconds_since(start) * 1e3);
    if (answers.is_open()) {
      answers << seed << ' ' << ms.back();
      for (const auto& song : answer) answers << ' ' << library.song(song.number).id << ' ' << song.score;
      answers << '\n';
    }
    for (size_t i = 0; i < answer.size(); ++i)
      if (library.song(answer[i].number).id == std::to_string(seed)) {
        found.top1 += i == 0;
        ++found.top10;
      }
  }
  std::sort(ms.begin(), ms.end());
  return {ms[ms.size() / 2], ms.back(), found.top1 / static_cast<double>(queries),
          found.top10 / static_cast<double>(queries)};
}

void print(const char* how, const Found& found) {
  fmt::print("{:<34} {:8.1f} {:8.1f} {:7.3f} {:7.3f}\n", how, found.median_ms, found.worst_ms, found.top1,
             found.top10);
  std::fflush(stdout);
}

void print_searches(const Library& library, const std::map<std::string, double>& o,
                    const std::string& answers) {
  library::SearchConfig config;
  config.query_tempo_ratios = {1};
  config.similarity = {.correlation = retrieval::Correlation::kPearson};
  const auto queries = static_cast<int64_t>(o.at("queries"));
  config.candidates = 5000;
  for (const int64_t probes : {0, 8, 64}) {
    config.probes = probes;
    config.neighbours = 400;
    print(fmt::format("two steps, 5,000, probes {}", probes == 0 ? "auto" : std::to_string(probes)).c_str(),
          ask(library, o, config, queries, probes == 0 ? answers : std::string()));
  }
  config.candidates = 0;
  print("exact", ask(library, o, config, std::min<int64_t>(queries, 20)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "library_bench FOLDER [key=value ...]\n");
    return 2;
  }
  std::map<std::string, double> o = {{"songs", 90000}, {"steps", 311}, {"query_steps", 13},
                                     {"queries", 50},  {"noise", 1},   {"first", 0}};
  std::string factory = "auto", answers;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i], key = word.substr(0, word.find('=')),
                      value = word.substr(key.size() + 1);
    if (key == "factory")
      factory = value;
    else if (key == "answers")
      answers = value;
    else
      o[key] = std::stod(value);
  }
  const fs::path folder = argv[1];
  fs::create_directories(folder);
  std::ofstream(folder / "encoder") << "none";
  ConsoleObserver observer;
  const auto count = static_cast<int64_t>(o.at("songs")), first = static_cast<int64_t>(o.at("first"));
  o.emplace("asked", o.at("songs"));
  const auto hear = [&](const library::SongFile& song) {
    HeardSong heard;
    heard.fingerprints = song_of(std::stoull(song.id), static_cast<int64_t>(o.at("steps")));
    heard.song.duration_s = kHop_s * o.at("steps") + kWindow_s;
    return heard;
  };
  const auto builder = [&] {
    return library::LibraryBuilder(folder / "library", folder / "encoder",
                                   {.file = {}, .dim = kDim, .hop_s = kHop_s, .window_s = kWindow_s}, 0.1);
  };
  const library::BuildOptions options{.factory = factory, .songs_per_segment = 2000};
  const auto built = builder().add(songs(folder, first, first + count), hear, options, observer);
  fmt::print(
      "built: {} songs, {} fingerprints, {}; drawn in {:.0f} s, indexed in {:.0f} s; on disk {:.2f} GB, peak "
      "memory "
      "{:.2f} GB\n",
      built.songs, built.fingerprints, built.factory, built.hearing_s, built.indexing_s,
      static_cast<double>(built.sequence_bytes + built.index_bytes) / 1e9, peak_gb());
  const auto open_at = std::chrono::steady_clock::now();
  const Library library = Library::open(folder / "library");
  fmt::print("opened in {:.0f} ms\n", seconds_since(open_at) * 1e3);
  fmt::print("{:<34} {:>8} {:>8} {:>7} {:>7}\n", "search", "median ms", "worst", "Top-1", "Top-10");
  print_searches(library, o, answers);
  if (!answers.empty()) return 0;  // nothing is added to what is asked again
  const auto more =
      builder().add(songs(folder, first + count, first + count + std::max<int64_t>(1, count / 100)), hear,
                    options, observer);
  fmt::print("extended by 1 %: indexed in {:.1f} s, {:.2f} % of the build's {:.0f} s\n", more.indexing_s,
             100 * more.indexing_s / built.indexing_s, built.indexing_s);
  return 0;
}
