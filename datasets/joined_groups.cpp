#include "datasets/joined_groups.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace melomine::datasets {
namespace {

const Fragment* original_of(const FragmentGroup& group) {
  const auto at = std::find_if(group.fragments.begin(), group.fragments.end(),
                               [](const Fragment& f) { return f.kind == RecordingKind::kOriginal; });
  return at == group.fragments.end() ? nullptr : &*at;
}

/// The part of a fragment that belongs to [begin_s, end_s) of its group's time; begin_s becomes 0.
Fragment cut(const Fragment& fragment, double begin_s, double end_s) {
  Fragment part{.recording_id = fragment.recording_id,
                .kind = fragment.kind,
                .interval = {fragment.to_recording_s(begin_s), fragment.to_recording_s(end_s)},
                .time_map = {}};
  for (LinearMap piece : fragment.time_map) {
    piece.from.start_s -= begin_s;
    piece.from.end_s -= begin_s;
    if (piece.from.end_s > 0 && piece.from.start_s < end_s - begin_s) part.time_map.push_back(piece);
  }
  // The nearest piece went on over the whole part.
  if (part.time_map.empty()) part.time_map = {{.from = {0, end_s - begin_s}, .to = part.interval}};
  return part;
}

void add_cut(const FragmentGroup& group, const TimeInterval& original, const TimeInterval& common,
             std::vector<Fragment>& fragments) {
  for (const Fragment& fragment : group.fragments)
    if (fragment.kind != RecordingKind::kOriginal)
      fragments.push_back(cut(fragment, common.start_s - original.start_s, common.end_s - original.start_s));
}

}  // namespace

std::vector<FragmentGroup> join_groups(const std::vector<FragmentGroup>& left,
                                       const std::vector<FragmentGroup>& right, double min_overlap_s) {
  std::unordered_map<std::string, std::vector<const FragmentGroup*>> right_of;
  for (const FragmentGroup& group : right)
    if (const Fragment* original = original_of(group)) right_of[original->recording_id].push_back(&group);
  std::vector<FragmentGroup> joined;
  for (const FragmentGroup& group : left) {
    const Fragment* original = original_of(group);
    if (original == nullptr || !right_of.contains(original->recording_id)) continue;
    for (const FragmentGroup* other : right_of.at(original->recording_id)) {
      const TimeInterval &a = original->interval, &b = original_of(*other)->interval;
      const TimeInterval common{std::max(a.start_s, b.start_s), std::min(a.end_s, b.end_s)};
      if (common.duration_s() < min_overlap_s) continue;
      FragmentGroup both{.group_id = group.group_id + "+" + other->group_id,
                         .song_id = group.song_id,
                         .duration_s = common.duration_s(),
                         .fragments = {cut(*original, common.start_s - a.start_s, common.end_s - a.start_s)},
                         .original_id = group.original_id,
                         .original_start_s = group.original_start_s + common.start_s - a.start_s};
      add_cut(group, a, common, both.fragments);
      add_cut(*other, b, common, both.fragments);
      joined.push_back(std::move(both));
    }
  }
  return joined;
}

}  // namespace melomine::datasets
