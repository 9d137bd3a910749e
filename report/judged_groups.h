#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/fragment_groups.h"
#include "datasets/time_map.h"
#include "mining/quality.h"

namespace melomine::report {

struct JudgedMatch {
  const datasets::FragmentRow* row = nullptr;
  std::optional<mining::PairJudgement> judgement;  ///< absent without a truth
  bool wrong() const { return judgement && !judgement->correct; }
  bool relevant() const { return datasets::is_match(row->verdict); }
};

/// A mined group; points into the rows it was made of.
struct JudgedGroup {
  std::string song_id;  ///< the group's id without _rNN_KK
  const datasets::FragmentRow* original = nullptr;
  std::vector<JudgedMatch> matches;
};

/// @param rows   of mined.csv: per group the original's row, then its matches
/// @param truth  may be null
std::vector<JudgedGroup> judged_groups(const std::vector<datasets::FragmentRow>& rows,
                                       const datasets::Truth* truth);

/// Where the truth has a fragment of the original in another recording: stretches of it that hold at least
/// half of the fragment, in order of their start.
/// @param rows  of this pair of recordings
std::vector<TimeInterval> counterparts(const std::vector<const datasets::TruthRow*>& rows,
                                       const TimeInterval& original);

}  // namespace melomine::report
