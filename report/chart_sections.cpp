#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <utility>

#include "report/charts.h"
#include "report/html.h"
#include "report/plot.h"
#include "report/sections.h"
#include "report/tables.h"

namespace melomine::report {
namespace {

/// The first and the last rounds, as many as there are styles of lines.
std::vector<const ReportedRound*> shown_rounds(const RunRecord& run, const auto& wanted) {
  std::vector<const ReportedRound*> rounds;
  for (const ReportedRound& round : run.rounds)
    if (wanted(round)) rounds.push_back(&round);
  constexpr size_t kMost = Plot::kSeriesStyles;
  if (rounds.size() > kMost) rounds.erase(rounds.begin() + 1, rounds.end() - (kMost - 1));
  return rounds;
}

std::string left_out_note(const RunRecord& run) {
  constexpr int kMost = Plot::kSeriesStyles;
  if (run.rounds.size() <= kMost) return "";
  return fmt::format(" Of {} rounds the first and the last {} are drawn.", run.rounds.size(), kMost - 1);
}

std::string section(const char* id, const char* title, const std::string& note, const std::string& html) {
  if (html.empty()) return "";
  return fmt::format("<section id='{}'><h2>{}</h2><p class='note'>{}</p>{}</section>\n", id, title, note,
                     html);
}

std::string grid_of(const std::string& charts) {
  return charts.empty() ? "" : "<div class='charts'>" + charts + "</div>";
}

/// One tag of metrics.jsonl, a curve per round.
std::string curve_chart(const RunRecord& run, const std::string& tag, const ChartText& text) {
  const auto has_it = [&](const ReportedRound& round) { return round.curves.contains(tag); };
  std::vector<Series> curves;
  const auto rounds = shown_rounds(run, has_it);
  for (const ReportedRound* round : rounds) {
    curves.push_back(round->curves.at(tag));
    curves.back().name = model_name(round->number);
  }
  return line_chart(text, curves);
}

/// Tags under train/ that are no terms of the loss.
const std::set<std::string> kOtherTags = {
    "train/loss",  "train/learning_rate", "train/gradient_norm",  "train/clips",
    "train/epoch", "train/steps_per_s",   "train/data_wait_share"};

std::set<std::string> loss_terms(const RunRecord& run) {
  std::set<std::string> terms;
  for (const ReportedRound& round : run.rounds)
    for (const auto& [tag, curve] : round.curves)
      if (tag.starts_with("train/") && !kOtherTags.contains(tag)) terms.insert(tag);
  return terms;
}

std::string estimate_note(const std::string& name, const retrieval::Estimate& e, Unit unit) {
  return fmt::format("{}: {}, 95 % interval {}", name, value_text(e.mean, unit), interval_text(e, unit));
}

std::string histograms(const RunRecord& run) {
  const auto mined = [](const ReportedRound& round) { return round.mining.has_value(); };
  const auto rounds = shown_rounds(run, mined);
  std::vector<const mining::MiningSummary*> records;
  records.reserve(rounds.size());
  for (const ReportedRound* round : rounds) records.push_back(&*round->mining);
  const HistogramLimits limits = histogram_limits(records);
  std::string html;
  for (const ReportedRound* round : rounds)
    html += histogram_chart(
        {fmt::format("Correlations found by {}.", model_name(run.miner_of(round->number))),
         "The best place of each fragment in each cover: grey dropped, orange uncertain, blue relevant.",
         "correlation", "fragment × cover pairs"},
        *round->mining, limits);
  return html;
}

std::string precision_by_correlation(const mining::MiningSummary& mining, const std::string& by) {
  std::vector<IntervalPoint> points;
  double low = 1;
  for (const auto& bin : mining.quality->bins) {
    const auto& e = bin.precision.estimate;
    if (bin.precision.of == 0) continue;
    low = std::min(low, bin.low);
    points.push_back({0.5 * (bin.low + bin.high), e,
                      fmt::format("{:.2f} to {:.2f}: {} of {} right", bin.low, bin.high, bin.precision.hits,
                                  bin.precision.of)});
  }
  return interval_chart(
      {fmt::format("Precision by correlation, {}.", by),
       "Share of right pairs in bins of 0.05, with 95 % intervals.", "correlation", "precision"},
      round_axis(low, 1, "correlation"), points, {{mining.relevant, "β rel."}});
}

std::string threshold_chart(const mining::MiningSummary& mining, const std::string& by) {
  Series precision{"precision", {}, {}}, recall{"recall", {}, {}};
  for (const mining::ThresholdPoint& point : mining.threshold_curve) {
    precision.x.push_back(point.relevant);
    precision.y.push_back(point.precision);
    recall.x.push_back(point.relevant);
    recall.y.push_back(point.recall);
  }
  return line_chart(
      {fmt::format("Other thresholds, {}.", by), "What another β rel. would have given.", "β rel.", "share"},
      {precision, recall}, {{mining.relevant, "used"}}, std::pair{0.0, 1.0});
}

/// How many of the correct pairs lie within so many milliseconds.
std::string alignment_chart(const RunRecord& run) {
  const auto measured = [](const ReportedRound& round) {
    return round.mining && round.mining->quality && !round.mining->quality->alignment_errors_s.counts.empty();
  };
  std::vector<Series> curves;
  for (const ReportedRound* round : shown_rounds(run, measured)) {
    const mining::Histogram& errors = round->mining->quality->alignment_errors_s;
    const auto all = std::accumulate(errors.counts.begin(), errors.counts.end(), int64_t{0});
    if (all == 0) continue;
    Series curve{"by " + model_name(run.miner_of(round->number)), {1000 * errors.low}, {0}};
    int64_t below = 0;
    for (size_t i = 0; i < errors.counts.size(); ++i) {
      below += errors.counts[i];
      curve.x.push_back(1000 * (errors.low + static_cast<double>(i + 1) * errors.bin_width()));
      curve.y.push_back(static_cast<double>(below) / static_cast<double>(all));
    }
    curves.push_back(std::move(curve));
  }
  return line_chart(
      {"Alignment error.", "Share of the right pairs whose centre lies within so many ms of the truth.",
       "error, ms", "share of right pairs"},
      curves, {}, std::pair{0.0, 1.0});
}

std::string quality_by_round(const RunRecord& run) {
  std::vector<std::string> categories;
  std::vector<IntervalSeries> series = {
      {"precision of relevant", {}}, {"matching recall", {}}, {"coverage", {}}};
  constexpr std::array<const char*, 3> kKeys = {"relevant_precision", "recall", "coverage"};
  for (const ReportedRound& round : run.rounds) {
    if (!round.mining || !round.mining->quality) continue;
    for (size_t k = 0; k < kKeys.size(); ++k) {
      const auto e = round.mining->quality->figure(kKeys[k]).estimate;
      series[k].points.push_back(
          {static_cast<double>(categories.size()), e, estimate_note(series[k].name, e, Unit::kPercent)});
    }
    categories.push_back(model_name(run.miner_of(round.number)));
  }
  if (categories.empty()) return "";
  return interval_chart(
      {"Quality by round.", "Against the truth, with 95 % intervals over songs.", "mined by", "share"},
      categories, series, true);
}

std::string metric_by_round(const RunRecord& run, const std::string& metric, const ChartText& text) {
  std::vector<std::string> categories = {run.rounds.size() > 5 ? "none" : "baseline"};
  for (const ReportedRound& round : run.rounds) categories.push_back(model_name(round.number));
  std::vector<IntervalSeries> series;
  for (const std::string& set : run.sets) {
    series.push_back({set, {}});
    const auto add = [&](double x, const evaluation::SystemRecord* system) {
      if (system == nullptr || system->metric(metric) == nullptr) return;
      const auto& e = system->metric(metric)->estimate;
      series.back().points.push_back({x, e, estimate_note(set, e, Unit::kPlain)});
    };
    bool baseline = false;
    for (size_t i = 0; i < run.rounds.size(); ++i) {
      const auto* record = run.rounds[i].evaluation(set);
      if (record == nullptr) continue;
      if (!std::exchange(baseline, baseline || record->baseline() != nullptr)) add(0, record->baseline());
      add(static_cast<double>(i + 1), record->model());
    }
  }
  return series.empty() ? "" : interval_chart(text, categories, series, true);
}

}  // namespace

std::string round_charts(const RunRecord& run) {
  std::string charts = metric_by_round(
      run, "mrr",
      {"MRR by round.", "Mean reciprocal rank of the song sought, with 95 % intervals over the queries.",
       "model", "MRR"});
  charts += metric_by_round(
      run, "top10",
      {"Top-10 by round.",
       "Share of the hums whose song is among the first ten, with 95 % intervals over the queries.", "model",
       "Top-10"});
  return grid_of(charts + quality_by_round(run));
}

std::string training_section(const RunRecord& run) {
  std::string main_charts = curve_chart(
      run, "train/loss", {"Training loss.", "The weighted sum that is minimised.", "step", "loss"});
  main_charts +=
      curve_chart(run, "validation/mrr",
                  {"Validation.", "Hums of the validation songs, never trained on.", "step", "MRR"});
  const auto terms = loss_terms(run);
  if (terms.size() > 1)
    for (const std::string& tag : terms) {
      const std::string name = tag.substr(tag.find('/') + 1);
      main_charts += curve_chart(run, tag, {name + ".", "This loss alone, before weighting.", "step", name});
    }
  std::string more = curve_chart(run, "train/learning_rate", {"Learning rate.", "", "step", "learning rate"});
  more += curve_chart(run, "train/gradient_norm",
                      {"Gradient norm.", "Of all parameters, before clipping.", "step", "L2 norm"});
  more += curve_chart(
      run, "train/data_wait_share",
      {"Waiting for data.", "Share of the time that training waited for a batch.", "step", "share"});
  return section("training", "Training",
                 "A line per round. Long curves are drawn as means of 80 equal parts." + left_out_note(run),
                 grid_of(main_charts) + (more.empty() ? "" : folded("More curves", grid_of(more))));
}

std::string mining_section(const RunRecord& run) {
  std::string charts = histograms(run);
  std::string note = "Without a truth, correlations are all that can be told of the pairs.";
  for (size_t i = run.rounds.size(); i-- > 0;) {
    const auto& mining = run.rounds[i].mining;
    if (!mining || !mining->quality) continue;
    note = "Pairs are judged by the corpus' truth.";
    const std::string by = "by " + model_name(run.miner_of(run.rounds[i].number));
    charts += precision_by_correlation(*mining, by) + threshold_chart(*mining, by);
    break;
  }
  charts += alignment_chart(run);
  const std::string figures = quality_table(run);
  return section("mining", "Mining", note + left_out_note(run),
                 grid_of(charts) + (figures.empty() ? "" : folded("All figures of mining", figures)));
}

}  // namespace melomine::report
