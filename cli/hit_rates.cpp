#include "cli/hit_rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/cancellation.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/json_text.h"
#include "dsp/decode.h"

namespace melomine::cli {
namespace {

/// Samples [start, start + length) of a recording, as far as it has them.
dsp::AudioBuffer cut(const dsp::AudioBuffer& audio, double start_s, double length_s) {
  const auto total = static_cast<int64_t>(audio.samples.size());
  const int64_t begin = std::clamp<int64_t>(std::llround(start_s * audio.sample_rate_hz), 0, total);
  const int64_t end =
      std::clamp<int64_t>(begin + std::llround(length_s * audio.sample_rate_hz), begin, total);
  return {.samples = {audio.samples.begin() + begin, audio.samples.begin() + end},
          .sample_rate_hz = audio.sample_rate_hz};
}

double share(int64_t hits, int64_t queries) {
  return queries > 0 ? static_cast<double>(hits) / static_cast<double>(queries) : 0;
}

void ask(const KnownStretch& stretch, dsp::AudioBuffer audio, const library::Library& library,
         const library::SearchConfig& config, const library::Ears& ears, HitRate& rate) {
  ++rate.queries;
  try {
    const library::Query heard =
        library::hear_query(std::move(audio), config.query_tempo_ratios, config.trim_queries_db, ears);
    const auto found = library::search(library, heard, config, 1);
    if (found.empty() || library.song(found.front().number).id != stretch.song) return;
    ++rate.song;
    // A silent beginning was cut from the query.
    const double off_s =
        std::abs(found.front().places.front().start_s - (stretch.song_start_s + heard.start_s));
    const double step_s = library.manifest().model.hop_s;
    rate.near += off_s <= 1.5 * step_s ? 1 : 0;
    rate.exact += off_s <= 0.5 * step_s ? 1 : 0;
  } catch (const DataError&) {  // nothing to hear
  }
}

}  // namespace

std::vector<KnownStretch> read_stretches(const std::filesystem::path& file, const library::Library& library) {
  const CsvTable table = CsvTable::read(file);
  table.require({"query", "reference_id", "reference_start_s"});
  std::vector<KnownStretch> stretches;
  for (size_t row = 0; row < table.size(); ++row) {
    KnownStretch stretch{.recording = file.parent_path() / table.text(row, "query"),
                         .song = table.text(row, "reference_id")};
    if (library.find(stretch.song) < 0)
      table.fail(row, fmt::format("reference_id '{}' is no song of the library", stretch.song));
    stretch.song_start_s = table.number(row, "reference_start_s");
    if (!table.text_or_empty(row, "query_start_s").empty())
      stretch.start_s = table.number(row, "query_start_s");
    if (stretch.song_start_s < 0 || stretch.start_s < 0)
      table.fail(row, "reference_start_s and query_start_s must be >= 0");
    stretches.push_back(std::move(stretch));
  }
  if (stretches.empty()) throw DataError(file.string(), "", "has no rows");
  return stretches;
}

std::vector<HitRate> hit_rates(const std::vector<KnownStretch>& stretches,
                               const std::vector<double>& lengths_s, const library::Library& library,
                               const library::SearchConfig& config, const library::Ears& ears) {
  std::vector<HitRate> rates;
  rates.reserve(lengths_s.size());
  for (const double length_s : lengths_s) rates.push_back({.length_s = length_s});
  for (const KnownStretch& stretch : stretches) {
    throw_if_cancelled();
    const dsp::AudioBuffer audio = dsp::load_audio(stretch.recording);
    for (HitRate& rate : rates)
      if (stretch.start_s + rate.length_s <= audio.duration_s() + 0.01)
        ask(stretch, cut(audio, stretch.start_s, rate.length_s), library, config, ears, rate);
  }
  return rates;
}

std::string hit_rate_table(const std::vector<HitRate>& rates, double step_s) {
  std::string text = fmt::format(
      "length, s  queries   song   near  exact   (near: within {:.2f} s, exact: within {:.2f} s)\n",
      1.5 * step_s, 0.5 * step_s);
  for (const HitRate& r : rates)
    text += fmt::format("{:9g}  {:7}  {:5.3f}  {:5.3f}  {:5.3f}\n", r.length_s, r.queries,
                        share(r.song, r.queries), share(r.near, r.queries), share(r.exact, r.queries));
  return text;
}

std::string hit_rate_json(const std::vector<HitRate>& rates, double step_s) {
  nlohmann::ordered_json lengths = nlohmann::ordered_json::array();
  for (const HitRate& r : rates)
    lengths.push_back({{"length_s", r.length_s},
                       {"queries", r.queries},
                       {"song", share(r.song, r.queries)},
                       {"near", share(r.near, r.queries)},
                       {"exact", share(r.exact, r.queries)}});
  return json_text(nlohmann::ordered_json{{"step_s", step_s}, {"lengths", lengths}}, 2) + "\n";
}

}  // namespace melomine::cli
