#include "mining/mining_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/json_text.h"

namespace melomine::mining {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kErrorBins = 50;  // of 10 ms, up to the largest error of a correct pair

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json figure_json(const QualityFigure& figure) {
  return {{"value", number(figure.estimate.mean)},
          {"low", number(figure.estimate.low)},
          {"high", number(figure.estimate.high)},
          {"hits", figure.hits},
          {"of", figure.of}};
}

Json error_histogram(const std::vector<double>& errors_s) {
  std::vector<int64_t> counts(kErrorBins);
  for (const double error : errors_s) {
    const double bin = std::floor(error / kLargestError_s * static_cast<double>(kErrorBins));
    ++counts[static_cast<size_t>(std::clamp(bin, 0.0, static_cast<double>(kErrorBins - 1)))];
  }
  return {{"low", 0}, {"high", kLargestError_s}, {"counts", counts}};
}

Json json_of(const MiningYield& yield) {
  return {{"songs", yield.songs},
          {"songs_without_fragments", yield.songs_without_fragments},
          {"covers", yield.covers},
          {"fragments", yield.fragments},
          {"groups", yield.groups},
          {"relevant", yield.relevant},
          {"uncertain", yield.uncertain},
          {"original_hours", yield.original_hours},
          {"relevant_hours", yield.relevant_hours},
          {"uncertain_hours", yield.uncertain_hours},
          {"mean_group_size", yield.mean_group_size},
          {"histogram", {{"low", -1}, {"high", 1}, {"counts", yield.histogram}}}};
}

Json quality_json(const MiningQuality& quality) {
  Json bins = Json::array();
  for (const CorrelationBin& bin : quality.bins)
    bins.push_back({{"low", bin.low}, {"high", bin.high}, {"precision", figure_json(bin.precision)}});
  return {{"precision", figure_json(quality.precision)},
          {"relevant_precision", figure_json(quality.relevant_precision)},
          {"recall", figure_json(quality.recall)},
          {"relevant_recall", figure_json(quality.relevant_recall)},
          {"coverage", figure_json(quality.coverage)},
          {"alignment_median_s", figure_json(quality.alignment_median_s)},
          {"alignment_p90_s", figure_json(quality.alignment_p90_s)},
          {"wrong_covers", figure_json(quality.wrong_covers)},
          {"relevant_wrong_covers", figure_json(quality.relevant_wrong_covers)},
          {"bins", bins},
          {"alignment_errors_s", error_histogram(quality.alignment_errors_s)}};
}

using Lines = std::back_insert_iterator<std::string>;

void ratio_line(Lines out, const char* name, const QualityFigure& figure, const char* unit) {
  if (figure.of == 0) {
    fmt::format_to(out, "  {:<24} none to count\n", name);
    return;
  }
  fmt::format_to(out, "  {:<24} {:6.2f} %  [{:6.2f}, {:6.2f}]  {} of {}{}\n", name,
                 100 * figure.estimate.mean, 100 * figure.estimate.low, 100 * figure.estimate.high,
                 figure.hits, figure.of, unit);
}

void error_line(Lines out, const char* name, const QualityFigure& figure) {
  if (figure.of == 0) {
    fmt::format_to(out, "  {:<24} none to count\n", name);
    return;
  }
  fmt::format_to(out, "  {:<24} {:6.1f} ms [{:6.1f}, {:6.1f}]  {} correct pairs\n", name,
                 1000 * figure.estimate.mean, 1000 * figure.estimate.low, 1000 * figure.estimate.high,
                 figure.of);
}

}  // namespace

std::string yield_json(const MiningYield& yield) {
  return json_text(json_of(yield));
}

std::string summary_json(const MinedSet& set, const MiningYield& yield, const MiningQuality* quality,
                         const std::vector<ThresholdPoint>& curve, const MatchConfig& match) {
  Json points = Json::array(), set_aside = Json::array();
  for (const ThresholdPoint& point : curve)
    points.push_back({{"relevant", point.relevant},
                      {"precision", number(point.precision)},
                      {"recall", number(point.recall)},
                      {"pairs", point.pairs}});
  for (const SetAside& recording : set.set_aside)
    set_aside.push_back({{"recording_id", recording.recording_id}, {"reason", recording.reason}});
  const Json summary = {{"provenance",
                         {{"round", set.provenance.round},
                          {"model_sha256", set.provenance.model_sha256},
                          {"config_sha256", set.provenance.config_sha256}}},
                        {"yield", json_of(yield)},
                        {"match", {{"relevant", match.relevant}, {"irrelevant", match.irrelevant}}},
                        {"quality", quality == nullptr ? Json(nullptr) : quality_json(*quality)},
                        {"threshold_curve", points},
                        {"set_aside", set_aside}};
  return json_text(summary, 2) + "\n";
}

std::string summary_text(const MinedSet& set, const MiningYield& yield, const MiningQuality* quality) {
  std::string text;
  const Lines out = std::back_inserter(text);
  fmt::format_to(out, "round {}: {} songs with {} covers\n", set.provenance.round, yield.songs, yield.covers);
  fmt::format_to(out, "  {:<24} {} ({} songs have none)\n", "unique fragments", yield.fragments,
                 yield.songs_without_fragments);
  fmt::format_to(out, "  {:<24} {}, of {:.1f} members on average; {:.2f} h of originals\n", "groups",
                 yield.groups, yield.mean_group_size, yield.original_hours);
  fmt::format_to(out, "  {:<24} {}, {:.2f} h\n", "relevant pairs", yield.relevant, yield.relevant_hours);
  fmt::format_to(out, "  {:<24} {}, {:.2f} h\n", "uncertain pairs", yield.uncertain, yield.uncertain_hours);
  if (!set.set_aside.empty())
    fmt::format_to(out, "  {:<24} {}\n", "recordings set aside", set.set_aside.size());
  if (quality == nullptr) return text;
  fmt::format_to(out, "against the truth, with intervals over songs\n");
  ratio_line(out, "precision", quality->precision, " pairs");
  ratio_line(out, "  relevant", quality->relevant_precision, " pairs");
  ratio_line(out, "matching recall", quality->recall, " counterparts");
  ratio_line(out, "  relevant", quality->relevant_recall, " counterparts");
  ratio_line(out, "coverage", quality->coverage, " ms sung");
  error_line(out, "alignment error, median", quality->alignment_median_s);
  error_line(out, "  90 %", quality->alignment_p90_s);
  ratio_line(out, "wrong covers in", quality->wrong_covers, " pairs");
  ratio_line(out, "  relevant", quality->relevant_wrong_covers, " pairs");
  return text;
}

}  // namespace melomine::mining
