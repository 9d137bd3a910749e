#include "mining/mining_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_file.h"

namespace melomine::mining {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kErrorBins = 50;  // of 10 ms, up to the largest error of a correct pair

/// The figures of summary.json, by the names of the fields.
struct NamedFigure {
  const char* name;
  QualityFigure MiningQuality::*figure;
};
constexpr NamedFigure kFigures[] = {{"precision", &MiningQuality::precision},
                                    {"relevant_precision", &MiningQuality::relevant_precision},
                                    {"recall", &MiningQuality::recall},
                                    {"relevant_recall", &MiningQuality::relevant_recall},
                                    {"coverage", &MiningQuality::coverage},
                                    {"alignment_median_s", &MiningQuality::alignment_median_s},
                                    {"alignment_p90_s", &MiningQuality::alignment_p90_s},
                                    {"wrong_covers", &MiningQuality::wrong_covers},
                                    {"relevant_wrong_covers", &MiningQuality::relevant_wrong_covers}};

/// The numbers of a yield, by the names of the fields.
template <class Yield, class Visit>
void visit_yield(Yield& yield, const Visit& visit) {
  visit("songs", yield.songs);
  visit("songs_without_fragments", yield.songs_without_fragments);
  visit("covers", yield.covers);
  visit("fragments", yield.fragments);
  visit("groups", yield.groups);
  visit("relevant", yield.relevant);
  visit("uncertain", yield.uncertain);
  visit("original_hours", yield.original_hours);
  visit("relevant_hours", yield.relevant_hours);
  visit("uncertain_hours", yield.uncertain_hours);
  visit("mean_group_size", yield.mean_group_size);
}

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json json_of(const QualityFigure& figure) {
  return {{"value", number(figure.estimate.mean)},
          {"low", number(figure.estimate.low)},
          {"high", number(figure.estimate.high)},
          {"hits", figure.hits},
          {"of", figure.of}};
}

QualityFigure figure_of(const Json& json) {
  return {{number_or_nan(json.at("value")), number_or_nan(json.at("low")), number_or_nan(json.at("high"))},
          json.at("hits"),
          json.at("of")};
}

Json json_of(const Histogram& histogram) {
  return {{"low", histogram.low}, {"high", histogram.high}, {"counts", histogram.counts}};
}

Histogram histogram_of(const Json& json) {
  return {json.at("low"), json.at("high"), json.at("counts").get<std::vector<int64_t>>()};
}

Histogram error_histogram(const std::vector<double>& errors_s) {
  Histogram histogram{0, kLargestError_s, std::vector<int64_t>(kErrorBins)};
  for (const double error : errors_s) {
    const double bin = std::floor(error / kLargestError_s * static_cast<double>(kErrorBins));
    ++histogram.counts[static_cast<size_t>(std::clamp(bin, 0.0, static_cast<double>(kErrorBins - 1)))];
  }
  return histogram;
}

Json json_of(const QualitySummary& quality) {
  Json json = Json::object(), bins = Json::array();
  for (const auto& [name, figure] : quality.figures) json[name] = json_of(figure);
  for (const CorrelationBin& bin : quality.bins)
    bins.push_back({{"low", bin.low}, {"high", bin.high}, {"precision", json_of(bin.precision)}});
  json["bins"] = bins;
  json["alignment_errors_s"] = json_of(quality.alignment_errors_s);
  return json;
}

QualitySummary quality_of(const Json& json) {
  QualitySummary quality;
  for (const auto& [key, value] : json.items())
    if (value.is_object() && value.contains("value")) quality.figures.emplace_back(key, figure_of(value));
  if (json.contains("bins"))
    for (const Json& bin : json.at("bins"))
      quality.bins.push_back({bin.at("low"), bin.at("high"), figure_of(bin.at("precision"))});
  if (json.contains("alignment_errors_s"))
    quality.alignment_errors_s = histogram_of(json.at("alignment_errors_s"));
  return quality;
}

MiningYield yield_of_json(const Json& json) {
  MiningYield yield;
  visit_yield(yield, [&](const char* name, auto& value) {
    if (json.contains(name)) json.at(name).get_to(value);
  });
  const Histogram histogram = histogram_of(json.at("histogram"));
  if (histogram.low != -1 || histogram.high != 1 || histogram.counts.size() != yield.histogram.size())
    throw nlohmann::json::other_error::create(501, "yield.histogram needs 100 counts from -1 to 1", nullptr);
  std::copy(histogram.counts.begin(), histogram.counts.end(), yield.histogram.begin());
  return yield;
}

}  // namespace

QualityFigure QualitySummary::figure(const std::string& name) const {
  for (const auto& [own, figure] : figures)
    if (own == name) return figure;
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  return {{kNaN, kNaN, kNaN}, 0, 0};
}

Histogram MiningSummary::correlations() const {
  return {-1, 1, {yield.histogram.begin(), yield.histogram.end()}};
}

MiningSummary summarise(const MinedSet& set, const MiningYield& yield, const MiningQuality* quality,
                        const std::vector<ThresholdPoint>& curve, const MatchConfig& match) {
  MiningSummary summary{.provenance = set.provenance,
                        .yield = yield,
                        .relevant = match.relevant,
                        .irrelevant = match.irrelevant,
                        .quality = std::nullopt,
                        .threshold_curve = curve,
                        .set_aside = set.set_aside};
  if (quality == nullptr) return summary;
  summary.quality.emplace();
  for (const NamedFigure& named : kFigures)
    summary.quality->figures.emplace_back(named.name, quality->*named.figure);
  summary.quality->bins = quality->bins;
  summary.quality->alignment_errors_s = error_histogram(quality->alignment_errors_s);
  return summary;
}

void to_json(Json& json, const MiningYield& yield) {
  json = Json::object();
  visit_yield(yield, [&](const char* name, const auto& value) { json[name] = value; });
  json["histogram"] = {{"low", -1}, {"high", 1}, {"counts", yield.histogram}};
}

void to_json(Json& json, const MiningSummary& summary) {
  Json points = Json::array(), set_aside = Json::array();
  for (const ThresholdPoint& point : summary.threshold_curve)
    points.push_back({{"relevant", point.relevant},
                      {"precision", number(point.precision)},
                      {"recall", number(point.recall)},
                      {"pairs", point.pairs}});
  for (const SetAside& recording : summary.set_aside)
    set_aside.push_back({{"recording_id", recording.recording_id}, {"reason", recording.reason}});
  json = {{"provenance",
           {{"round", summary.provenance.round},
            {"model_sha256", summary.provenance.model_sha256},
            {"config_sha256", summary.provenance.config_sha256}}},
          {"yield", summary.yield},
          {"match", {{"relevant", summary.relevant}, {"irrelevant", summary.irrelevant}}},
          {"quality", summary.quality ? json_of(*summary.quality) : Json(nullptr)},
          {"threshold_curve", points},
          {"set_aside", set_aside}};
}

void from_json(const Json& json, MiningSummary& summary) {
  const Json& provenance = json.at("provenance");
  summary.provenance.round = provenance.value("round", 0);
  summary.provenance.model_sha256 = provenance.at("model_sha256");
  summary.provenance.config_sha256 = provenance.at("config_sha256");
  summary.yield = yield_of_json(json.at("yield"));
  summary.relevant = json.at("match").at("relevant");
  summary.irrelevant = json.at("match").at("irrelevant");
  if (json.contains("quality") && !json.at("quality").is_null())
    summary.quality = quality_of(json.at("quality"));
  if (json.contains("threshold_curve") && !json.at("threshold_curve").is_null())
    for (const Json& point : json.at("threshold_curve"))
      summary.threshold_curve.push_back({point.at("relevant"), number_or_nan(point.at("precision")),
                                         number_or_nan(point.at("recall")),
                                         point.value("pairs", int64_t{0})});
  if (json.contains("set_aside"))
    for (const Json& entry : json.at("set_aside"))
      summary.set_aside.push_back({entry.at("recording_id"), entry.at("reason")});
}

std::string summary_json(const MiningSummary& summary) {
  return json_text(Json(summary), 2) + "\n";
}

MiningSummary read_summary(const std::filesystem::path& file) {
  return read_json_file<MiningSummary>(file, "remove it and run the same command again, which makes it anew");
}

}  // namespace melomine::mining
