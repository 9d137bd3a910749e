#include "report/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/progress.h"
#include "report/html.h"
#include "report/sections.h"

namespace melomine::report {
namespace {

using experiments::StageKind;

/// Points of a curve at the steps of another; NaN where it has none there.
double value_at(const ReportedRound& round, const std::string& tag, double step) {
  const auto curve = round.curves.find(tag);
  if (curve == round.curves.end()) return std::numeric_limits<double>::quiet_NaN();
  const auto at = std::find(curve->second.x.begin(), curve->second.x.end(), step);
  return at == curve->second.x.end() ? std::numeric_limits<double>::quiet_NaN()
                                     : curve->second.y[static_cast<size_t>(at - curve->second.x.begin())];
}

std::vector<Rate> training_rates(const ReportedRound& round) {
  const auto speed = round.curves.find("train/steps_per_s");
  if (speed == round.curves.end()) return {};
  double steps = 0, seconds = 0, clips = 0, waited_s = 0, last = 0;
  for (size_t i = 0; i < speed->second.x.size(); ++i) {
    const double step = speed->second.x[i], window = step - std::exchange(last, step);
    if (!(window > 0) || !(speed->second.y[i] > 0)) continue;
    const double window_s = window / speed->second.y[i];
    steps += window;
    seconds += window_s;
    clips += window * value_at(round, "train/clips", step);
    waited_s += window_s * value_at(round, "train/data_wait_share", step);
  }
  std::vector<Rate> rates;
  const auto add = [&](std::string_view key, std::string_view unit, double value) {
    if (std::isfinite(value)) rates.push_back({key, unit, value});
  };
  add("steps_per_s", "steps/s", steps / seconds);
  add("clips_per_s", "clips/s", clips / seconds);
  add("data_wait_share", "", waited_s / seconds);
  return rates;
}

/// Each set is asked of the model, or, without one, of all systems.
std::vector<Rate> evaluation_rates(const ReportedRound& round) {
  double queries = 0, seconds = 0;
  for (const auto& record : round.evaluations) {
    queries += static_cast<double>(record.queries);
    if (const auto* model = record.model(); model != nullptr)
      seconds += model->wall_s;
    else
      for (const auto& system : record.systems) seconds += system.wall_s;
  }
  if (!(seconds > 0)) return {};
  return {{"queries_per_s", "queries/s", queries / seconds}};
}

std::vector<Rate> rates_of(const ReportedRound& round, StageKind stage, double seconds) {
  switch (stage) {
    case StageKind::kTrain:
      return training_rates(round);
    case StageKind::kEvaluate:
      return evaluation_rates(round);
    case StageKind::kMine:
      break;
  }
  if (!round.mining || !(seconds > 0)) return {};
  return {{"songs_per_s", "songs/s", static_cast<double>(round.mining->yield.songs) / seconds}};
}

std::string rate_text(const Rate& rate) {
  if (rate.unit.empty()) return fmt::format("waited for data {}", value_text(rate.value, Unit::kPercent));
  return fmt::format("{} {}", number_text(rate.value, rate.value < 10 ? 2 : 0), rate.unit);
}

std::string time_row(const StageTime& time, double total_s) {
  std::string rates;
  for (const Rate& rate : time.rates) rates += (rates.empty() ? "" : ", ") + rate_text(rate);
  const bool known = std::isfinite(time.seconds);
  return fmt::format("<th scope='row'>{} {}</th><td>{}</td><td>{}</td><td class='text'>{}</td>", time.stage,
                     model_name(time.round), known ? format_duration(time.seconds) : "–",
                     known && total_s > 0 ? value_text(time.seconds / total_s, Unit::kPercent) : "–",
                     rates.empty() ? "–" : rates);
}

}  // namespace

std::vector<StageTime> stage_times(const RunRecord& run) {
  std::vector<StageTime> times;
  for (const ReportedRound& round : run.rounds)
    for (const experiments::StageTraits& stage : experiments::all_stages()) {
      const auto found = round.seconds.find(std::string(stage.name));
      StageTime time{round.number,
                     std::string(stage.name),
                     found == round.seconds.end() ? std::numeric_limits<double>::quiet_NaN() : found->second,
                     {}};
      time.rates = rates_of(round, stage.kind, time.seconds);
      if (std::isfinite(time.seconds) || !time.rates.empty()) times.push_back(std::move(time));
    }
  return times;
}

double total_seconds(const std::vector<StageTime>& times) {
  double total_s = 0;
  for (const StageTime& time : times)
    if (std::isfinite(time.seconds)) total_s += time.seconds;
  return total_s;
}

std::string times_section(const RunRecord& run) {
  const auto times = stage_times(run);
  if (times.empty()) return "";
  const double total_s = total_seconds(times);
  Table table{"",
              "<tr><th scope='col'>stage</th><th scope='col'>time</th><th scope='col'>share</th>"
              "<th scope='col' class='text'>throughput</th></tr>",
              {}};
  for (const StageTime& time : times) table.rows.push_back(time_row(time, total_s));
  if (total_s > 0)
    table.rows.push_back(
        fmt::format("<th scope='row'>all</th><td>{}</td><td></td><td></td>", format_duration(total_s)));
  return "<section id='times'><h2>Time</h2><p class='note'>Wall time of the call that finished each stage: "
         "what "
         "an interrupted one had done before is not in it. Steps and clips are over the whole training, with "
         "validation; queries over what the model took to hear queries and candidates and to search.</p>" +
         table_html(table) + "</section>\n";
}

}  // namespace melomine::report
