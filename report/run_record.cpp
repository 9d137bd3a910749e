#include "report/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/text.h"
#include "experiments/experiment_config.h"
#include "experiments/run_layout.h"

namespace melomine::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Calls `read` with a file's JSON. @throws DataError naming the file where it is not what it should be
template <class Read>
auto read_json(const fs::path& path, const Read& read) {
  try {
    return read(Json::parse(read_file(path)));
  } catch (const nlohmann::json::exception& e) {
    throw DataError(path.string(), "",
                    fmt::format("is damaged: {}; remove it or run its stage again", e.what()));
  }
}

double number_or_nan(const Json& value) {
  return value.is_null() ? kNaN : value.get<double>();
}

SystemRecord system_of(const Json& json) {
  SystemRecord system;
  for (const auto& [name, e] : json.at("metrics").items()) {
    const double mean = number_or_nan(e.at("mean"));
    system.metrics[name] = {mean, number_or_nan(e.at("low")), number_or_nan(e.at("high"))};
    if (e.contains("by_song"))  // reports before had none
      system.by_song[name] = {mean, number_or_nan(e["by_song"].at("low")),
                              number_or_nan(e["by_song"].at("high"))};
  }
  for (const Json& query : json.at("queries")) {
    system.queries.push_back(query.at("query"));
    system.ranks.push_back(query.at("rank"));
  }
  return system;
}

EvaluationRecord evaluation_of(const Json& json) {
  EvaluationRecord record;
  record.name = json.at("name");
  record.queries = json.at("queries");
  record.candidates = json.at("candidates");
  record.each_other = json.at("protocol").get<std::string>().ends_with("each other");
  record.bootstrap.resamples = json.at("settings").at("bootstrap_resamples");
  record.bootstrap.seed = json.at("settings").at("seed");
  for (const Json& system : json.at("systems"))
    (system.at("name") == "model" ? record.model : record.no_learning) = system_of(system);
  return record;
}

FigureRecord figure_of(const Json& json) {
  return {{number_or_nan(json.at("value")), number_or_nan(json.at("low")), number_or_nan(json.at("high"))},
          json.at("hits"),
          json.at("of")};
}

HistogramRecord histogram_of(const Json& json) {
  return {json.at("low"), json.at("high"), json.at("counts").get<std::vector<int64_t>>()};
}

QualityRecord quality_of(const Json& json) {
  QualityRecord quality;
  for (const auto& [key, value] : json.items())
    if (value.is_object() && value.contains("value")) quality.figures[key] = figure_of(value);
  if (json.contains("bins"))
    for (const Json& bin : json.at("bins"))
      quality.bins.push_back({bin.at("low"), bin.at("high"), figure_of(bin.at("precision"))});
  if (json.contains("alignment_errors_s"))
    quality.alignment_errors_s = histogram_of(json.at("alignment_errors_s"));
  return quality;
}

MiningRecord mining_of(const Json& json) {
  MiningRecord record;
  record.model_sha256 = json.at("provenance").at("model_sha256");
  record.config_sha256 = json.at("provenance").at("config_sha256");
  for (const auto& [key, value] : json.at("yield").items())
    if (value.is_number()) record.yield[key] = value;
  record.histogram = histogram_of(json.at("yield").at("histogram"));
  record.relevant = json.at("match").at("relevant");
  record.irrelevant = json.at("match").at("irrelevant");
  if (json.contains("quality") && !json.at("quality").is_null())
    record.quality = quality_of(json.at("quality"));
  if (json.contains("threshold_curve") && !json.at("threshold_curve").is_null())
    for (const Json& point : json.at("threshold_curve"))
      record.threshold_curve.push_back(
          {point.at("relevant"), number_or_nan(point.at("precision")), number_or_nan(point.at("recall"))});
  if (json.contains("set_aside"))
    for (const Json& entry : json.at("set_aside"))
      record.set_aside.emplace_back(entry.at("recording_id"), entry.at("reason"));
  return record;
}

/// A last line that a kill cut short, or that is being written, is no JSON and left out.
std::map<std::string, Series> curves_of(const fs::path& path) {
  std::map<std::string, Series> curves;
  std::istringstream lines(read_file(path));
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const Json record = Json::parse(line, nullptr, false);
    if (record.is_discarded() && lines.peek() == std::istringstream::traits_type::eof()) break;
    try {
      if (record.at("value").is_null()) continue;  // not finite
      Series& curve = curves[record.at("tag")];
      curve.name = record.at("tag");
      curve.y.push_back(record.at("value"));
      curve.x.push_back(record.at("step"));
    } catch (const nlohmann::json::exception& e) {
      throw DataError(path.string(), fmt::format("line {}", number), "is damaged: not a logged number");
    }
  }
  return curves;
}

/// @throws DataError where a group does not begin with its original
std::vector<datasets::FragmentRow> read_mined(const fs::path& file) {
  auto rows = datasets::read_fragment_table(file);
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool begins = i == 0 || rows[i].group_id != rows[i - 1].group_id;
    if (begins != (rows[i].audio_type == datasets::RecordingKind::kOriginal))
      throw DataError(file.string(), "group " + rows[i].group_id,
                      "is damaged: its original must be its first row and the only original");
    if (rows[i].recording_id.empty()) rows[i].recording_id = rows[i].id;
  }
  return rows;
}

ReportedRound reported_round(const experiments::RunLayout& layout, int number) {
  ReportedRound round;
  round.number = number;
  if (const auto file = layout.metrics(number); fs::exists(file)) round.curves = curves_of(file);
  for (const std::string& set : layout.evaluated_sets(number))
    round.evaluations.push_back(read_json(layout.evaluation_report(number, set), evaluation_of));
  std::sort(round.evaluations.begin(), round.evaluations.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  if (const auto file = layout.mining_summary(number); fs::exists(file)) {
    round.mining = read_json(file, mining_of);
    const HistogramRecord& histogram = round.mining->histogram;
    if (histogram.counts.empty() || !(histogram.low < histogram.high))
      throw DataError(file.string(), "yield.histogram", "is damaged: it needs counts and low < high");
  }
  if (const auto file = layout.mined_table(number); fs::exists(file)) round.mined = read_mined(file);
  round.outcome = experiments::read_round(layout, number);
  return round;
}

void read_config(const fs::path& file, RunRecord& record) {
  record.config_yaml = read_file(file);
  const auto config = configs::load_config<experiments::ExperimentConfig>(file);
  record.name = config.name;
  record.shards = config.data.shards;
  record.truth = config.data.time_maps;
  for (const auto& set : config.evaluate.sets) record.sets.push_back(set.name);
}

/// Sets that were evaluated: those of the experiment first, in its order.
void order_sets(RunRecord& record) {
  std::vector<std::string> found;
  for (const ReportedRound& round : record.rounds)
    for (const EvaluationRecord& evaluation : round.evaluations) found.push_back(evaluation.name);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::erase_if(record.sets, [&](const std::string& set) {
    return std::find(found.begin(), found.end(), set) == found.end();
  });
  for (const std::string& set : found)
    if (std::find(record.sets.begin(), record.sets.end(), set) == record.sets.end())
      record.sets.push_back(set);
}

}  // namespace

retrieval::Estimate SystemRecord::metric(const std::string& key) const {
  const auto found = metrics.find(key);
  return found == metrics.end() ? retrieval::Estimate{kNaN, kNaN, kNaN} : found->second;
}

double MiningRecord::yielded(const std::string& key) const {
  const auto found = yield.find(key);
  return found == yield.end() ? kNaN : found->second;
}

FigureRecord QualityRecord::figure(const std::string& key) const {
  const auto found = figures.find(key);
  return found == figures.end() ? FigureRecord{{kNaN, kNaN, kNaN}} : found->second;
}

const EvaluationRecord* ReportedRound::evaluation(const std::string& set) const {
  for (const EvaluationRecord& evaluation : evaluations)
    if (evaluation.name == set) return &evaluation;
  return nullptr;
}

int RunRecord::miner_of(int round) const {
  std::vector<bool> accepted;
  for (const ReportedRound& earlier : rounds) {
    if (earlier.number >= round) break;
    accepted.push_back(!earlier.outcome || earlier.outcome->accepted);
  }
  if (accepted.empty()) return std::max(round - 1, 0);
  return rounds[experiments::in_force(accepted)].number;
}

const SystemRecord* RunRecord::no_learning(const std::string& set) const {
  for (const ReportedRound& round : rounds)
    if (const auto* e = round.evaluation(set); e != nullptr && e->no_learning) return &*e->no_learning;
  return nullptr;
}

const ReportedRound* RunRecord::last_mined() const {
  for (size_t i = rounds.size(); i-- > 0;)
    if (!rounds[i].mined.empty()) return &rounds[i];
  return nullptr;
}

RunRecord read_run(const fs::path& run) {
  if (!fs::is_directory(run)) throw DataError(run.string(), "", "no such folder");
  RunRecord record;
  record.name = fs::weakly_canonical(run).filename().string();
  const experiments::RunLayout layout(run);
  if (const auto file = layout.experiment(); fs::exists(file)) read_config(file, record);
  for (const int number : layout.rounds()) record.rounds.push_back(reported_round(layout, number));
  if (record.config_yaml.empty() && record.rounds.empty())
    throw DataError(
        run.string(), "",
        "is no run's folder: it holds neither experiment.yaml nor round_00; runs lie in runs/NAME");
  order_sets(record);
  if (const auto file = layout.provenance(); fs::exists(file)) {
    record.provenance = read_file(file);
    std::tie(record.started_utc, record.command) = read_json(file, [](const Json& json) {
      return std::pair<std::string, std::string>(json.value("started_utc", ""), json.value("command", ""));
    });
  }
  return record;
}

}  // namespace melomine::report
