#pragma once

#include <string>
#include <vector>

#include "mining/mined_set.h"
#include "mining/quality.h"

namespace melomine::mining {

inline constexpr const char* kSummaryFile = "summary.json";

/// "yield" of summary.json.
std::string yield_json(const MiningYield& yield);

/// summary.json of a mined set, described in docs/formats.md: provenance, yield with the correlation
/// histogram, thresholds, quality, threshold curve, recordings set aside. Keys are the field names of the
/// structs.
/// @param quality  null without a truth
std::string summary_json(const MinedSet& set, const MiningYield& yield, const MiningQuality* quality,
                         const std::vector<ThresholdPoint>& curve, const MatchConfig& match);

/// Yield and, with a truth, quality as a table for the console, each figure with its interval and its counts.
/// @param quality  null without a truth
std::string summary_text(const MinedSet& set, const MiningYield& yield, const MiningQuality* quality);

}  // namespace melomine::mining
