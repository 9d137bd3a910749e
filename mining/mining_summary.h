#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mining/mined_set.h"
#include "mining/quality.h"

namespace melomine::mining {

inline constexpr const char* kSummaryFile = "summary.json";

/// Counts in bins of equal width over [low, high].
struct Histogram {
  double low = 0, high = 1;
  std::vector<int64_t> counts;
  double bin_width() const { return (high - low) / static_cast<double>(counts.size()); }
};

/// What summary.json keeps of MiningQuality.
struct QualitySummary {
  std::vector<std::pair<std::string, QualityFigure>> figures;  ///< by the field's name: recall, …
  std::vector<CorrelationBin> bins;
  Histogram alignment_errors_s;  ///< of the correct pairs; without counts where the file has none
  /// NaN where there is no such figure.
  QualityFigure figure(const std::string& name) const;
};

/// summary.json of a round's mining, described in docs/formats.md.
struct MiningSummary {
  MinedProvenance provenance;
  MiningYield yield;
  double relevant = 0, irrelevant = 0;    ///< β_rel, β_irrel
  std::optional<QualitySummary> quality;  ///< with a truth
  std::vector<ThresholdPoint> threshold_curve;
  std::vector<SetAside> set_aside;

  /// Candidates by correlation.
  Histogram correlations() const;
};

/// @param quality  null without a truth
MiningSummary summarise(const MinedSet& set, const MiningYield& yield, const MiningQuality* quality,
                        const std::vector<ThresholdPoint>& curve, const MatchConfig& match);

void to_json(nlohmann::ordered_json& json, const MiningYield& yield);
void to_json(nlohmann::ordered_json& json, const MiningSummary& summary);
/// Files of older versions lack some figures. @throws nlohmann::json::exception where it is no summary
void from_json(const nlohmann::ordered_json& json, MiningSummary& summary);

/// summary.json.
std::string summary_json(const MiningSummary& summary);
/// @throws DataError naming the file and the remedy where it is damaged
MiningSummary read_summary(const std::filesystem::path& file);

}  // namespace melomine::mining
