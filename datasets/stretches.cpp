#include "datasets/stretches.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/time_intervals.h"

namespace melomine::datasets {
namespace {

/// Times are rounded, and maps of the same place differ by as much: less than this says nothing.
constexpr double kSlack_s = 0.05;

TimeInterval common_part(const TimeInterval& a, const TimeInterval& b) {
  return {std::max(a.start_s, b.start_s), std::min(a.end_s, b.end_s)};
}

/// The line that takes `from` to `to`, at a part of `from`.
TimeInterval taken(const TimeInterval& part, const TimeInterval& from, const TimeInterval& to) {
  const double scale = to.duration_s() / from.duration_s();
  return {to.start_s + (part.start_s - from.start_s) * scale,
          to.start_s + (part.end_s - from.start_s) * scale};
}

bool is_near(const TimeInterval& a, const TimeInterval& b) {
  return std::abs(a.start_s - b.start_s) < kSlack_s && std::abs(a.end_s - b.end_s) < kSlack_s;
}

}  // namespace

bool are_apart(const Stretch& a, const Stretch& b) {
  if (a.original_id.empty() || a.original_id != b.original_id) return false;
  return std::none_of(a.parts.begin(), a.parts.end(), [&](const TimeInterval& x) {
    return std::any_of(b.parts.begin(), b.parts.end(),
                       [&](const TimeInterval& y) { return x.start_s < y.end_s && y.start_s < x.end_s; });
  });
}

Stretches::Stretches(const std::vector<FragmentGroup>& groups) {
  std::map<std::pair<std::string, std::string>, std::vector<SameNotes>> places;  // by original and recording
  for (const FragmentGroup& group : groups) {
    if (group.original_id.empty()) continue;
    const auto add = [&](const SameNotes& place) {
      if (place.map.from.duration_s() > 0 && place.map.to.duration_s() > 0)
        places[{group.original_id, place.recording_id}].push_back(place);
    };
    for (const Fragment& fragment : group.fragments)
      for (const LinearMap& piece : fragment.time_map)
        add({.recording_id = fragment.recording_id,
             .map = {.from = {group.original_start_s + piece.from.start_s,
                              group.original_start_s + piece.from.end_s},
                     .to = piece.to}});
    for (const SameNotes& place : group.same_notes) add(place);
  }
  for (auto& [key, of_recording] : places) add_repeats(std::move(of_recording), repeats_[key.first]);
}

void Stretches::add_repeats(std::vector<SameNotes> places, std::vector<Repeat>& repeats) {
  std::sort(places.begin(), places.end(),
            [](const SameNotes& a, const SameNotes& b) { return a.map.to.start_s < b.map.to.start_s; });
  for (auto a = places.begin(); a != places.end(); ++a)
    for (auto b = a + 1; b != places.end() && b->map.to.start_s < a->map.to.end_s; ++b) {
      const TimeInterval common = common_part(a->map.to, b->map.to);
      if (common.duration_s() < kSlack_s) continue;
      const TimeInterval here = taken(common, a->map.to, a->map.from),
                         there = taken(common, b->map.to, b->map.from);
      if (is_near(here, there)) continue;
      repeats.push_back({here, there});
      repeats.push_back({there, here});
    }
}

Stretch Stretches::of(const FragmentGroup& group, const TimeInterval& window) const {
  const TimeInterval place{group.original_start_s + window.start_s, group.original_start_s + window.end_s};
  Stretch stretch{group.original_id, {place}};
  const auto repeats = repeats_.find(group.original_id);
  if (repeats == repeats_.end()) return stretch;
  for (const Repeat& repeat : repeats->second) {
    const TimeInterval common = common_part(place, repeat.here);
    if (common.duration_s() >= kSlack_s) stretch.parts.push_back(taken(common, repeat.here, repeat.there));
  }
  stretch.parts = union_of(std::move(stretch.parts));
  return stretch;
}

}  // namespace melomine::datasets
