#include "report/figures.h"

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "report/result.h"
#include "report/times.h"
#include "report/verdicts.h"

namespace melomine::report {
namespace {

using Json = nlohmann::ordered_json;

Json interval_json(const retrieval::Estimate& e) {
  return {{"low", e.low}, {"high", e.high}};
}

Json metric_json(const evaluation::MetricEstimate& metric) {
  Json json = interval_json(metric.estimate);
  json["mean"] = metric.estimate.mean;
  json["by_song"] = interval_json(metric.by_song);
  return json;
}

Json set_json(const SetResult& result) {
  Json json{{"name", result.set},
            {"queries", result.record->queries},
            {"songs", result.record->songs},
            {"candidates", result.record->candidates},
            {"systems", Json::array()}};
  for (const Standing& standing : result.systems) {
    Json system{{"name", standing.system->name}, {"round", standing.round}, {"metrics", Json::object()}};
    for (const auto& metric : standing.system->metrics) system["metrics"][metric.name] = metric_json(metric);
    system["mrr_beyond_baseline"] =
        standing.beyond_baseline ? metric_json(*standing.beyond_baseline) : Json();
    json["systems"].push_back(std::move(system));
  }
  return json;
}

Json round_json(const RunRecord& run, const ReportedRound& round) {
  Json json{{"round", round.number},
            {"accepted", round.outcome ? Json(round.outcome->accepted) : Json()},
            {"reason", round.outcome ? Json(round.outcome->reason) : Json()}};
  if (!round.mining) return json;
  const auto& yield = round.mining->yield;
  json["mined"] = {{"by_round", run.miner_of(round.number)},
                   {"songs", yield.songs},
                   {"relevant", yield.relevant},
                   {"uncertain", yield.uncertain},
                   {"groups", yield.groups},
                   {"relevant_hours", yield.relevant_hours}};
  if (round.mining->quality)
    for (const auto& [name, figure] : round.mining->quality->figures)
      json["mined"]["quality"][name] = figure.estimate.mean;
  return json;
}

Json time_json(const StageTime& time) {
  Json json{{"round", time.round}, {"stage", time.stage}, {"seconds", time.seconds}};
  for (const Rate& rate : time.rates) json[std::string(rate.key)] = rate.value;
  return json;
}

Json review_json(const VerdictFigures& verdicts) {
  Json json{{"answers_of", verdicts.answers_of},
            {"pairs", verdicts.pairs},
            {"agreement",
             {{"pairs", verdicts.agreement.pairs},
              {"unanimous", verdicts.agreement.unanimous},
              {"alpha", verdicts.agreement.alpha}}},
            {"rounds", Json::array()}};
  for (const auto& [round, applied] : verdicts.applied)
    json["rounds"].push_back({{"round", round},
                              {"accepted", applied.accepted},
                              {"rejected", applied.rejected},
                              {"tied", applied.tied}});
  return json;
}

}  // namespace

std::string figures_json(const RunRecord& run) {
  Json json{{"name", run.name},        {"encoder", nullptr},     {"sets", Json::array()},
            {"rounds", Json::array()}, {"times", Json::array()}, {"troubles", Json::array()}};
  if (const ReportedRound* round = run.in_force(); round != nullptr)
    json["encoder"] = {{"round", round->number}, {"path", round->encoder}};
  for (const std::string& set : run.sets)
    if (const auto result = result_of(run, set)) json["sets"].push_back(set_json(*result));
  for (const ReportedRound& round : run.rounds) json["rounds"].push_back(round_json(run, round));
  for (const StageTime& time : stage_times(run)) json["times"].push_back(time_json(time));
  for (const Trouble& trouble : troubles_of(run))
    json["troubles"].push_back({{"kind", trouble.kind}, {"text", trouble.text}, {"grave", trouble.grave}});
  if (const auto verdicts = verdict_figures(run)) json["review"] = review_json(*verdicts);
  return json_text(json, 2) + "\n";
}

}  // namespace melomine::report
