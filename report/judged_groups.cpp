#include "report/judged_groups.h"

#include <algorithm>
#include <tuple>

namespace melomine::report {
namespace {

using datasets::TruthRow;

/// song_id of "{song_id}_r{round}_{fragment}".
std::string song_of(const std::string& group_id) {
  const auto fragment = group_id.rfind('_');
  if (fragment == std::string::npos || fragment == 0) return group_id;
  const auto round = group_id.rfind("_r", fragment - 1);
  return round == std::string::npos || round == 0 ? group_id : group_id.substr(0, round);
}

/// The parts of truth rows inside a fragment.
std::vector<LinearMap> pieces_inside(const std::vector<const TruthRow*>& rows, const TimeInterval& fragment) {
  std::vector<LinearMap> pieces;
  for (const TruthRow* row : rows) {
    const double begin = std::max(fragment.start_s, row->original.start_s);
    const double end = std::min(fragment.end_s, row->original.end_s);
    if (end <= begin) continue;
    const LinearMap map = row->map();
    pieces.push_back({.from = {begin, end}, .to = {map.to_s(begin), map.to_s(end)}});
  }
  std::sort(pieces.begin(), pieces.end(), [](const LinearMap& a, const LinearMap& b) {
    return std::tie(a.to.start_s, a.from.start_s) < std::tie(b.to.start_s, b.from.start_s);
  });
  return pieces;
}

/// Whether `next` goes on where `piece` ends, in both recordings, a breath apart at most.
bool follows(const LinearMap& piece, const LinearMap& next) {
  constexpr double kOverlap_s = 0.05, kBreath_s = 1.5;
  const auto near = [](double end, double start) {
    return start >= end - kOverlap_s && start <= end + kBreath_s;
  };
  return near(piece.from.end_s, next.from.start_s) && near(piece.to.end_s, next.to.start_s);
}

}  // namespace

std::vector<JudgedGroup> judged_groups(const std::vector<datasets::FragmentRow>& rows,
                                       const datasets::Truth* truth) {
  std::vector<JudgedGroup> groups;
  for (const auto& row : rows) {
    if (row.audio_type == datasets::RecordingKind::kOriginal) {
      groups.push_back({song_of(row.group_id), &row, {}});
      continue;
    }
    const auto& original = *groups.back().original;
    JudgedMatch match{&row, {}};
    if (truth != nullptr)
      match.judgement = mining::judge_pair(truth->of(original.recording_id, row.recording_id),
                                           original.interval, row.interval);
    groups.back().matches.push_back(match);
  }
  return groups;
}

std::vector<TimeInterval> counterparts(const std::vector<const TruthRow*>& rows,
                                       const TimeInterval& original) {
  constexpr double kLeastShare = 0.5;
  std::vector<LinearMap> pieces = pieces_inside(rows, original);
  std::vector<TimeInterval> places;
  std::vector<bool> used(pieces.size());
  for (size_t first = 0; first < pieces.size(); ++first) {
    if (used[first]) continue;
    LinearMap chain = pieces[first];
    for (size_t i = first + 1; i < pieces.size(); ++i) {
      if (used[i] || !follows(chain, pieces[i])) continue;
      chain.from.end_s = pieces[i].from.end_s;
      chain.to.end_s = pieces[i].to.end_s;
      used[i] = true;
    }
    if (chain.from.duration_s() >= kLeastShare * original.duration_s()) places.push_back(chain.to);
  }
  return places;
}

}  // namespace melomine::report
