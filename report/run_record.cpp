#include "report/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_file.h"
#include "core/text.h"
#include "experiments/experiment_config.h"
#include "experiments/rounds.h"
#include "experiments/run_layout.h"
#include "experiments/stage.h"

namespace melomine::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kRemedy = "remove it or run its stage again";

/// Of provenance.json.
struct Started {
  std::string utc, command;
};
void from_json(const Json& json, Started& started) {
  started = {.utc = json.value("started_utc", ""), .command = json.value("command", "")};
}

/// A last line that a kill cut short, or that is being written, is no JSON and left out.
std::map<std::string, Series> curves_of(const fs::path& path) {
  std::map<std::string, Series> curves;
  std::istringstream lines(read_file(path));
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto record = json_if_valid(line);
    if (!record && lines.peek() == std::istringstream::traits_type::eof()) break;
    try {
      const Json scalar = record.value_or(Json());
      if (scalar.at("value").is_null()) continue;  // not finite
      Series& curve = curves[scalar.at("tag")];
      curve.name = scalar.at("tag");
      curve.y.push_back(scalar.at("value"));
      curve.x.push_back(scalar.at("step"));
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

/// How long each stage took, and the encoder.
void read_stages(const experiments::RunLayout& layout, ReportedRound& round) {
  if (round.outcome) round.seconds = round.outcome->seconds;
  for (const experiments::StageTraits& stage : experiments::all_stages())
    if (const auto seconds = experiments::seconds_of_stage(layout, round.number, stage.kind))
      round.seconds[std::string(stage.name)] = *seconds;
  for (const fs::path& checkpoint :
       {layout.last_checkpoint(round.number), layout.best_checkpoint(round.number)})
    if (fs::exists(checkpoint)) round.encoder = checkpoint.lexically_relative(layout.folder()).string();
}

/// Lines of run.log that are warnings: "TIME warning …".
int64_t warnings_of(const fs::path& log) {
  std::istringstream lines(read_file(log));
  int64_t warnings = 0;
  for (std::string line; std::getline(lines, line);) {
    const size_t word = line.find(' ');
    if (word != line.npos && line.compare(word + 1, 8, "warning ") == 0) ++warnings;
  }
  return warnings;
}

ReportedRound reported_round(const experiments::RunLayout& layout, int number) {
  ReportedRound round;
  round.number = number;
  if (const auto file = layout.metrics(number); fs::exists(file)) round.curves = curves_of(file);
  for (const std::string& set : layout.evaluated_sets(number)) {
    round.evaluations.push_back(
        read_json_file<evaluation::EvaluationRecord>(layout.evaluation_report(number, set), kRemedy));
    if (const auto file = layout.fingerprints(number, set); fs::exists(file))
      round.fingerprints[round.evaluations.back().name] = evaluation::read_fingerprints(file);
  }
  std::sort(round.evaluations.begin(), round.evaluations.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  if (const auto file = layout.mining_summary(number); fs::exists(file))
    round.mining = mining::read_summary(file);
  if (const auto file = layout.mined_table(number); fs::exists(file)) round.mined = read_mined(file);
  round.outcome = experiments::read_round(layout, number);
  read_stages(layout, round);
  return round;
}

void read_config(const fs::path& file, RunRecord& record) {
  record.config_yaml = read_file(file);
  record.experiment = std::make_shared<const experiments::ExperimentConfig>(
      configs::load_config<experiments::ExperimentConfig>(file));
  const experiments::ExperimentConfig& config = *record.experiment;
  record.name = config.name;
  record.shards = config.data.shards;
  record.truth = config.data.time_maps;
  record.folder = experiments::layout_of(config).folder();
  for (const auto& set : config.evaluate.sets) record.sets.push_back(set.name);
}

/// Sets that were evaluated: those of the experiment first, in its order.
void order_sets(RunRecord& record) {
  std::vector<std::string> found;
  for (const ReportedRound& round : record.rounds)
    for (const auto& evaluation : round.evaluations) found.push_back(evaluation.name);
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

const evaluation::EvaluationRecord* ReportedRound::evaluation(const std::string& set) const {
  for (const auto& own : evaluations)
    if (own.name == set) return &own;
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

const ReportedRound* RunRecord::in_force() const {
  for (size_t i = rounds.size(); i-- > 0;)
    if (!rounds[i].rejected() && !rounds[i].encoder.empty()) return &rounds[i];
  return nullptr;
}

const evaluation::SystemRecord* RunRecord::baseline(const std::string& set) const {
  for (const ReportedRound& round : rounds)
    if (const auto* e = round.evaluation(set); e != nullptr && e->baseline() != nullptr) return e->baseline();
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
  if (const auto file = layout.leaks(); fs::exists(file)) record.leaks = experiments::read_leaks(file);
  record.verdicts = review::read_verdicts(layout.verdicts());
  if (const auto file = layout.log(); fs::exists(file)) record.warnings = warnings_of(file);
  if (const auto file = layout.provenance(); fs::exists(file)) {
    record.provenance = read_file(file);
    const auto started = read_json_file<Started>(file, kRemedy);
    record.started_utc = started.utc;
    record.command = started.command;
  }
  return record;
}

}  // namespace melomine::report
