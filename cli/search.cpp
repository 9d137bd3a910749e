#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/clock_text.h"
#include "cli/command.h"
#include "cli/hit_rates.h"
#include "cli/library_ears.h"
#include "configs/config.h"
#include "core/json_text.h"
#include "core/progress.h"
#include "core/text.h"
#include "dsp/decode.h"
#include "evaluation/query_table.h"
#include "library/confidence.h"
#include "library/song_search.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;
using library::Confidence;
using library::FoundSong;
using library::Library;
using library::Sureness;
using nlohmann::ordered_json;

CommandHelp search_help() {
  return {
      .name = "search",
      .summary = "Find which songs of a library are hummed in recordings, and where.",
      .usage = "LIBRARY QUERY ... [options]",
      .examples =
          "  melomine search songs.library hum.wav\n"
          "  melomine search songs.library hums/*.m4a --json > found.jsonl\n"
          "  melomine search songs.library hum.wav --exact              # every song, at every place\n"
          "  melomine search songs.library --table hums/queries.csv     # and how many were found\n"
          "  melomine search songs.library --table hums/queries.csv --calibrate\n"
          "  melomine search songs.library --hit-rates stretches.csv    # by length: song, place near, place "
          "exact\n"
          "  melomine search songs.library hum.wav --set candidates=200 contour_weight=0.5 matches=3\n\n"
          "QUERY is any audio FFmpeg reads. The index of `melomine index` finds candidates, which are then\n"
          "compared with the query. --calibrate learns from a table of known answers how sure an answer is,\n"
          "and from then on what stays under its threshold is told as no match.\n\n"
          "settings and their defaults (--set key=value ...):\n" +
          configs::to_yaml(library::SearchConfig{}, true)};
}

po::options_description options_of() {
  po::options_description options("Options");
  auto add = options.add_options();
  add("library", po::value<std::string>(), "folder that `melomine index` made");
  add("queries", po::value<std::vector<std::string>>(), "recordings");
  add("table", po::value<std::string>()->value_name("CSV"), "query table: query, reference_id");
  add("hit-rates", po::value<std::string>()->value_name("CSV"),
      "stretches whose place is known: query, reference_id, reference_start_s, query_start_s; tells how "
      "often\n"
      "song and place are found, by length");
  add("lengths", po::value<std::string>()->default_value("1,2,3,5,6,10"), "with --hit-rates: seconds");
  add("count", po::value<int64_t>()->default_value(10), "songs told of each query");
  add("exact", po::bool_switch(), "compare with every song at every place; the same as --set candidates=0");
  add("calibrate", po::bool_switch(),
      "write confidence.json into the library, from what --table says is right");
  add("most-wrong", po::value<double>()->default_value(0.05),
      "with --calibrate: share of wrong answers that may be told as matches");
  add("device", po::value<std::string>()->default_value("cpu"), "where the encoder runs: cpu | cuda");
  add("set", po::value<std::vector<std::string>>()->multitoken()->composing()->value_name("key=value"),
      "settings of the search");
  add("json", po::bool_switch(), "print JSON Lines, one query each");
  return options;
}

struct NamedQuery {
  std::string name;
  fs::path path;
  std::string target;  ///< id of the song that it is of; "" where that is not known
};

std::vector<NamedQuery> queries_of(const po::variables_map& values, const Library& library) {
  std::vector<NamedQuery> queries;
  if (values.count("queries") > 0)
    for (const std::string& name : values["queries"].as<std::vector<std::string>>())
      queries.push_back({name, name, ""});
  if (values.count("table") > 0) {
    std::vector<evaluation::ReferenceEntry> references;
    for (int64_t n = 0; n < library.size(); ++n)
      if (!library.is_removed(n))
        references.push_back({.reference_id = library.song(n).id, .path = {}, .also = {}, .table = {}});
    const auto table = evaluation::read_queries(values["table"].as<std::string>(),
                                                evaluation::MatchQueriesWith::kReferences, references);
    for (const evaluation::QueryEntry& query : table.queries)
      queries.push_back({query.query, query.path, query.reference_id});
  }
  if (queries.empty())
    throw ConfigError("melomine search: what is to be found? Name recordings, or a table by --table");
  return queries;
}

/// What was found for one query.
struct Answer {
  NamedQuery query;
  std::vector<FoundSong> found;
  double start_s = 0, duration_s = 0;
  double hearing_s = 0, search_s = 0;  ///< time taken
  std::string problem;                 ///< why it could not be heard; "" where it could
  int64_t rank = 0;                    ///< of the target among those found; 0: not among them, or not known
};

class Searcher {
 public:
  Searcher(const Library& library, const library::SearchConfig& config, const std::string& device)
      : library_(library), config_(config), ears_(library.folder() / library::kModelFile, device) {}

  Answer ask(const NamedQuery& query, int64_t count) const {
    Answer answer{.query = query, .found = {}, .problem = {}};
    using Clock = std::chrono::steady_clock;
    const auto seconds_since = [](Clock::time_point start) {
      return std::chrono::duration<double>(Clock::now() - start).count();
    };
    const auto start = Clock::now();
    try {
      const library::Query heard = library::hear_query(
          dsp::load_audio(query.path), config_.query_tempo_ratios, config_.trim_queries_db, ears_.ears());
      answer.start_s = heard.start_s;
      answer.duration_s = heard.duration_s;
      answer.hearing_s = seconds_since(start);
      const auto heard_at = Clock::now();
      answer.found = library::search(library_, heard, config_, count);
      answer.search_s = seconds_since(heard_at);
    } catch (const DataError& e) {
      answer.problem = e.what();
    }
    for (size_t i = 0; i < answer.found.size(); ++i)
      if (library_.song(answer.found[i].number).id == query.target) answer.rank = static_cast<int64_t>(i + 1);
    return answer;
  }

 private:
  const Library& library_;
  const library::SearchConfig& config_;
  LibraryEars ears_;
};

/// "1,2,3": rising lengths above 0.
std::vector<double> lengths_of(const std::string& text) {
  std::vector<double> lengths;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const auto length = parse<double>(trimmed(std::string_view(text).substr(begin, end - begin)));
    if (!length || *length <= 0)
      throw ConfigError(
          fmt::format("melomine search: --lengths must be seconds above 0 between commas, got '{}'", text));
    lengths.push_back(*length);
    begin = end + 1;
  }
  std::sort(lengths.begin(), lengths.end());
  return lengths;
}

int tell_hit_rates(const po::variables_map& values, const Library& library,
                   const library::SearchConfig& config) {
  const auto stretches = read_stretches(values["hit-rates"].as<std::string>(), library);
  const LibraryEars ears(library.folder() / library::kModelFile, values["device"].as<std::string>());
  const auto rates =
      hit_rates(stretches, lengths_of(values["lengths"].as<std::string>()), library, config, ears.ears());
  const double step_s = library.manifest().model.hop_s;
  fmt::print("{}", values["json"].as<bool>() ? hit_rate_json(rates, step_s) : hit_rate_table(rates, step_s));
  return 0;
}

ordered_json as_json(const Answer& answer, const Sureness& sure, const Library& library) {
  ordered_json songs = ordered_json::array();
  for (size_t i = 0; i < answer.found.size(); ++i) {
    const library::Song& song = library.song(answer.found[i].number);
    ordered_json places = ordered_json::array();
    for (const library::FoundPlace& place : answer.found[i].places)
      places.push_back({{"start_s", place.start_s},
                        {"end_s", place.end_s},
                        {"tempo_ratio", place.tempo_ratio},
                        {"transposition_semitones", place.transposition_semitones},
                        {"score", place.score}});
    songs.push_back({{"rank", i + 1},
                     {"id", song.id},
                     {"title", song.title},
                     {"score", answer.found[i].score},
                     {"places", places}});
  }
  ordered_json json = {{"query", answer.query.name}};
  if (!answer.problem.empty()) json["problem"] = answer.problem;
  json["match"] = sure.is_match;
  json["confidence"] = sure.confidence ? ordered_json(*sure.confidence) : ordered_json();
  json["query_start_s"] = answer.start_s;
  json["query_end_s"] = answer.start_s + answer.duration_s;
  json["hearing_s"] = answer.hearing_s;
  json["search_s"] = answer.search_s;
  if (!answer.query.target.empty()) {
    json["reference_id"] = answer.query.target;
    json["rank"] = answer.rank > 0 ? ordered_json(answer.rank) : ordered_json();
  }
  json["songs"] = songs;
  return json;
}

void print(const Answer& answer, const Sureness& sure, const Library& library) {
  if (!answer.problem.empty()) {
    fmt::print("{}: cannot be searched: {}\n", answer.query.name, answer.problem);
    return;
  }
  fmt::print("{}  ({:.1f} s, heard in {:.0f} ms, searched in {:.0f} ms){}{}\n", answer.query.name,
             answer.duration_s, answer.hearing_s * 1e3, answer.search_s * 1e3,
             sure.is_match ? "" : "  no match",
             sure.confidence ? fmt::format("  confidence {:.2f}", *sure.confidence) : "");
  if (!answer.found.empty())
    fmt::print(" {:>4}  {:>7}  {:19}  {:6}{:>9}  {}\n", "rank", "score", "place in the song", "tempo",
               "key shift", "song");
  for (size_t i = 0; i < answer.found.size(); ++i) {
    const library::Song& song = library.song(answer.found[i].number);
    const library::FoundPlace& place = answer.found[i].places.front();
    fmt::print("  {:>3}  {:7.3f}  {:>8} – {:<8}  x{:<5.2f} {:+5.1f} st  {}{}\n", i + 1, answer.found[i].score,
               clock_text(place.start_s), clock_text(place.end_s), place.tempo_ratio,
               place.transposition_semitones, song.id, song.title.empty() ? "" : "  " + song.title);
    for (size_t p = 1; p < answer.found[i].places.size(); ++p)
      fmt::print("                {:>8} – {:<8}\n", clock_text(answer.found[i].places[p].start_s),
                 clock_text(answer.found[i].places[p].end_s));
  }
}

/// To standard error: how many of a table's queries were found.
void print_shares(const std::vector<Answer>& answers) {
  double top1 = 0, top10 = 0, reciprocal = 0, asked = 0;
  std::vector<double> seconds;
  for (const Answer& answer : answers) {
    seconds.push_back(answer.search_s);
    if (answer.query.target.empty()) continue;
    ++asked;
    top1 += answer.rank == 1;
    top10 += answer.rank >= 1 && answer.rank <= 10;
    reciprocal += answer.rank > 0 ? 1 / static_cast<double>(answer.rank) : 0;
  }
  if (asked == 0) return;
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2),
                   seconds.end());
  std::fflush(stdout);
  fmt::print(
      stderr,
      "{:.0f} queries: Top-1 {:.3f}, Top-10 {:.3f}, MRR of the songs found {:.3f}; searched in {:.0f} ms "
      "(median)\n",
      asked, top1 / asked, top10 / asked, reciprocal / asked, seconds[seconds.size() / 2] * 1e3);
}

/// Each query answers twice: as it is, and as if its song were not there.
Confidence calibrated(const std::vector<Answer>& answers, const Library& library, double most_wrong) {
  std::vector<library::KnownAnswer> known;
  for (const Answer& answer : answers) {
    if (answer.query.target.empty()) continue;
    if (const auto evidence = library::evidence_of(answer.found))
      known.push_back({*evidence, answer.rank == 1});
    std::vector<FoundSong> without = answer.found;
    std::erase_if(without,
                  [&](const FoundSong& song) { return library.song(song.number).id == answer.query.target; });
    if (const auto evidence = library::evidence_of(without)) known.push_back({*evidence, false});
  }
  return library::calibrate(known, most_wrong);
}

/// Of which one may be taken away, as if it were not there.
constexpr int64_t kLeastFound = library::kSongsOfEvidence + 1;

int run_search(const Arguments& args) {
  const auto values = parse_arguments(search_help(), options_of(), {"library", "queries*"}, args);
  if (!values) return 0;
  require_options(search_help(), *values, {"library"});
  library::SearchConfig config;
  if (values->count("set") > 0)
    configs::apply_overrides(config, (*values)["set"].as<std::vector<std::string>>());
  if ((*values)["exact"].as<bool>()) config.candidates = 0;
  const Library library = Library::open((*values)["library"].as<std::string>());
  if (library.songs() == 0)
    throw DataError(library.folder().string(), "",
                    "has no songs that can be found; where they were not all added yet, run `melomine index` "
                    "with the same --add again");
  if (values->count("hit-rates") > 0) return tell_hit_rates(*values, library, config);
  const auto queries = queries_of(*values, library);
  const Searcher searcher(library, config, (*values)["device"].as<std::string>());
  const bool calibrates = (*values)["calibrate"].as<bool>();
  if (calibrates && values->count("table") == 0)
    throw ConfigError("melomine search: --calibrate learns from the right answers of a --table");
  const auto confidence = library::read_confidence(library.folder());
  const auto count = (*values)["count"].as<int64_t>();
  std::vector<Answer> answers;
  for (const NamedQuery& query : queries) {
    Answer answer = searcher.ask(query, std::max(count, kLeastFound));
    const Sureness sure = library::sureness_of(answer.found, confidence);
    Answer told = answer;
    told.found.resize(std::min(told.found.size(), static_cast<size_t>(std::max<int64_t>(count, 0))));
    if ((*values)["json"].as<bool>())
      fmt::print("{}\n", json_text(as_json(told, sure, library)));
    else
      print(told, sure, library);
    answers.push_back(std::move(answer));
  }
  print_shares(answers);
  if (calibrates) {
    const Confidence learned = calibrated(answers, library, (*values)["most-wrong"].as<double>());
    library::write_confidence(library.folder(), learned);
    fmt::print(stderr, "calibrated from {} right and {} wrong answers: threshold {:.3f}\n", learned.right,
               learned.wrong, learned.threshold);
    fmt::print(stderr, "  threshold  right answers told  wrong answers told\n");
    for (const auto& point : learned.curve)
      fmt::print(stderr, "  {:9.3f}  {:18.3f}  {:18.3f}\n", point.threshold, point.right_kept,
                 point.wrong_given);
  }
  const bool any_heard =
      std::any_of(answers.begin(), answers.end(), [](const Answer& a) { return a.problem.empty(); });
  return any_heard ? 0 : 1;
}

}  // namespace

Command search_command() {
  return {search_help(), run_search};
}

}  // namespace melomine::cli
