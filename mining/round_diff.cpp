#include "mining/round_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "core/json_text.h"

namespace melomine::mining {
namespace {

using datasets::FragmentRow;
using Json = nlohmann::ordered_json;

struct Fragment {
  const FragmentRow* original = nullptr;
  std::vector<const FragmentRow*> matches;
  double start_s() const { return original->interval.start_s; }
};

/// Fragments of each original, in time order.
using Fragments = std::map<std::string, std::vector<Fragment>>;

Fragments fragments_of(const std::vector<FragmentRow>& rows) {
  std::map<std::string, Fragment> groups;
  for (const FragmentRow& row : rows) {
    if (row.recording_id.empty())
      throw DataError("mined set", "group " + row.group_id, "a row names no recording: it was not mined");
    Fragment& group = groups[row.group_id];
    if (row.audio_type == datasets::RecordingKind::kOriginal && group.original == nullptr)
      group.original = &row;
    else
      group.matches.push_back(&row);
  }
  Fragments fragments;
  for (auto& [group_id, group] : groups) {
    if (group.original == nullptr)
      throw DataError("mined set", "group " + group_id, "has no row of its original");
    fragments[group.original->recording_id].push_back(std::move(group));
  }
  for (auto& entry : fragments)
    std::stable_sort(entry.second.begin(), entry.second.end(),
                     [](const Fragment& a, const Fragment& b) { return a.start_s() < b.start_s(); });
  return fragments;
}

double longer_s(const TimeInterval& a, const TimeInterval& b) {
  return std::max(a.duration_s(), b.duration_s());
}

/// A possible partnership of an item of A with one of B, the better the lower its cost.
struct Partnership {
  double cost = 0;
  double first_s = 0, last_s = 0;  // of both starts: ties fall the same way with A and B swapped
  size_t before = 0, after = 0;
};

/// Takes partnerships best first, each item once. @returns (before, after)
std::vector<std::pair<size_t, size_t>> partners(std::vector<Partnership> possible) {
  std::stable_sort(possible.begin(), possible.end(), [](const Partnership& a, const Partnership& b) {
    return std::tie(a.cost, a.first_s, a.last_s) < std::tie(b.cost, b.first_s, b.last_s);
  });
  std::map<size_t, bool> before_taken, after_taken;
  std::vector<std::pair<size_t, size_t>> taken;
  for (const Partnership& p : possible) {
    if (before_taken[p.before] || after_taken[p.after]) continue;
    before_taken[p.before] = after_taken[p.after] = true;
    taken.emplace_back(p.before, p.after);
  }
  return taken;
}

std::vector<std::pair<size_t, size_t>> same_fragments(const std::vector<Fragment>& before,
                                                      const std::vector<Fragment>& after) {
  std::vector<Partnership> possible;
  for (size_t b = 0; b < before.size(); ++b) {
    for (size_t a = 0; a < after.size(); ++a) {
      const TimeInterval &x = before[b].original->interval, &y = after[a].original->interval;
      const double overlap_s = std::min(x.end_s, y.end_s) - std::max(x.start_s, y.start_s);
      const double share = overlap_s / longer_s(x, y);
      if (share >= 0.5)
        possible.push_back({-share, std::min(x.start_s, y.start_s), std::max(x.start_s, y.start_s), b, a});
    }
  }
  return partners(std::move(possible));
}

PairChange change_of(const std::string& original_id, const Fragment* fragment_before,
                     const FragmentRow* match_before, const Fragment* fragment_after,
                     const FragmentRow* match_after) {
  PairChange change;
  change.original_id = original_id;
  if (match_before != nullptr) {
    change.recording_id = match_before->recording_id;
    change.original_before = fragment_before->original->interval;
    change.cover_before = match_before->interval;
    change.correlation_before = match_before->correlation;
    change.verdict_before = match_before->verdict;
  }
  if (match_after != nullptr) {
    change.recording_id = match_after->recording_id;
    change.original_after = fragment_after->original->interval;
    change.cover_after = match_after->interval;
    change.correlation_after = match_after->correlation;
    change.verdict_after = match_after->verdict;
  }
  if (match_before != nullptr && match_after != nullptr)
    change.moved_s = (change.cover_after.center_s() - change.original_after.center_s()) -
                     (change.cover_before.center_s() - change.original_before.center_s());
  return change;
}

void vanish(const std::string& original_id, const Fragment& fragment, RoundDiff& diff) {
  for (const FragmentRow* match : fragment.matches)
    diff.vanished.push_back(change_of(original_id, &fragment, match, nullptr, nullptr));
}

void appear(const std::string& original_id, const Fragment& fragment, RoundDiff& diff) {
  for (const FragmentRow* match : fragment.matches)
    diff.appeared.push_back(change_of(original_id, nullptr, nullptr, &fragment, match));
}

void compare_fragments(const std::string& original_id, const Fragment& before, const Fragment& after,
                       double moved_at_least_s, RoundDiff& diff) {
  std::vector<Partnership> possible;
  for (size_t b = 0; b < before.matches.size(); ++b) {
    for (size_t a = 0; a < after.matches.size(); ++a) {
      const FragmentRow &x = *before.matches[b], &y = *after.matches[a];
      if (x.recording_id != y.recording_id) continue;
      const double moved_s = std::abs(change_of(original_id, &before, &x, &after, &y).moved_s);
      if (moved_s < 0.5 * longer_s(x.interval, y.interval))
        possible.push_back({moved_s, std::min(x.interval.start_s, y.interval.start_s),
                            std::max(x.interval.start_s, y.interval.start_s), b, a});
    }
  }
  Fragment only_before{before.original, before.matches}, only_after{after.original, after.matches};
  for (const auto& [b, a] : partners(std::move(possible))) {
    const PairChange change = change_of(original_id, &before, before.matches[b], &after, after.matches[a]);
    const bool moved = std::abs(change.moved_s) >= moved_at_least_s;
    const bool reclassified = change.verdict_before != change.verdict_after;
    if (moved) diff.moved.push_back(change);
    if (reclassified) diff.reclassified.push_back(change);
    if (!moved && !reclassified) ++diff.unchanged;
    only_before.matches[b] = only_after.matches[a] = nullptr;
  }
  std::erase(only_before.matches, nullptr);
  std::erase(only_after.matches, nullptr);
  vanish(original_id, only_before, diff);
  appear(original_id, only_after, diff);
}

void compare_originals(const std::string& original_id, const std::vector<Fragment>& before,
                       const std::vector<Fragment>& after, double moved_at_least_s, RoundDiff& diff) {
  std::vector<bool> kept_before(before.size()), kept_after(after.size());
  for (const auto& [b, a] : same_fragments(before, after)) {
    kept_before[b] = kept_after[a] = true;
    ++diff.fragments_shared;
    compare_fragments(original_id, before[b], after[a], moved_at_least_s, diff);
  }
  for (size_t b = 0; b < before.size(); ++b)
    if (!kept_before[b]) vanish(original_id, before[b], diff);
  for (size_t a = 0; a < after.size(); ++a)
    if (!kept_after[a]) appear(original_id, after[a], diff);
}

/// The earlier of two starts, of which one may be absent: the same with before and after swapped.
double start_s(const TimeInterval& before, const TimeInterval& after) {
  if (before == TimeInterval{}) return after.start_s;
  if (after == TimeInterval{}) return before.start_s;
  return std::min(before.start_s, after.start_s);
}

/// Largest first, then by names and times, so that equal sizes have one order.
template <class Size>
void sort_changes(std::vector<PairChange>& changes, Size size) {
  std::stable_sort(changes.begin(), changes.end(), [&](const PairChange& a, const PairChange& b) {
    if (size(a) != size(b)) return size(a) > size(b);
    const auto times = [](const PairChange& c) {
      return std::pair(start_s(c.original_before, c.original_after), start_s(c.cover_before, c.cover_after));
    };
    const auto times_a = times(a), times_b = times(b);
    return std::tie(a.original_id, a.recording_id, times_a) <
           std::tie(b.original_id, b.recording_id, times_b);
  });
}

Json interval_json(const TimeInterval& interval) {
  return interval == TimeInterval{} ? Json(nullptr) : Json{interval.start_s, interval.end_s};
}

Json changes_json(const std::vector<PairChange>& changes) {
  Json list = Json::array();
  for (const PairChange& c : changes) {
    const bool before = c.cover_before != TimeInterval{}, after = c.cover_after != TimeInterval{};
    list.push_back({{"original_id", c.original_id},
                    {"recording_id", c.recording_id},
                    {"original_before", interval_json(c.original_before)},
                    {"original_after", interval_json(c.original_after)},
                    {"cover_before", interval_json(c.cover_before)},
                    {"cover_after", interval_json(c.cover_after)},
                    {"correlation_before", before ? Json(c.correlation_before) : Json(nullptr)},
                    {"correlation_after", after ? Json(c.correlation_after) : Json(nullptr)},
                    {"verdict_before", before ? Json(to_string(c.verdict_before)) : Json(nullptr)},
                    {"verdict_after", after ? Json(to_string(c.verdict_after)) : Json(nullptr)},
                    {"moved_s", before && after ? Json(c.moved_s) : Json(nullptr)}});
  }
  return list;
}

std::string seconds(const TimeInterval& interval) {
  return fmt::format("{:.2f}-{:.2f}", interval.start_s, interval.end_s);
}

template <class Line>
void list_changes(std::string& text, const char* title, const std::vector<PairChange>& changes, size_t limit,
                  Line line) {
  const size_t shown = std::min(limit, changes.size());
  if (shown == 0) return;
  text +=
      fmt::format("\n{}{}\n", title,
                  shown < changes.size() ? fmt::format(", the first {} of {}", shown, changes.size()) : "");
  for (size_t i = 0; i < shown; ++i) text += fmt::format("  {}\n", line(changes[i]));
}

std::string one_sided(const PairChange& c, const TimeInterval& original, const TimeInterval& cover,
                      double correlation, datasets::Verdict verdict) {
  return fmt::format("{} {} s in {} {} s, correlation {:.3f}, {}", c.original_id, seconds(original),
                     c.recording_id, seconds(cover), correlation, to_string(verdict));
}

}  // namespace

RoundDiff diff_rounds(const std::vector<FragmentRow>& before, const std::vector<FragmentRow>& after,
                      double moved_at_least_s) {
  const Fragments of_before = fragments_of(before), of_after = fragments_of(after);
  RoundDiff diff;
  std::map<std::string, bool> originals;
  for (const auto& [original_id, fragments] : of_before) {
    originals[original_id] = true;
    diff.fragments_before += static_cast<int64_t>(fragments.size());
    for (const Fragment& f : fragments) diff.pairs_before += static_cast<int64_t>(f.matches.size());
  }
  for (const auto& [original_id, fragments] : of_after) {
    originals[original_id] = true;
    diff.fragments_after += static_cast<int64_t>(fragments.size());
    for (const Fragment& f : fragments) diff.pairs_after += static_cast<int64_t>(f.matches.size());
  }
  const auto fragments_in = [](const Fragments& fragments, const std::string& original_id) {
    const auto found = fragments.find(original_id);
    return found == fragments.end() ? std::vector<Fragment>{} : found->second;
  };
  for (const auto& entry : originals)
    compare_originals(entry.first, fragments_in(of_before, entry.first), fragments_in(of_after, entry.first),
                      moved_at_least_s, diff);
  sort_changes(diff.appeared, [](const PairChange& c) { return c.correlation_after; });
  sort_changes(diff.vanished, [](const PairChange& c) { return c.correlation_before; });
  sort_changes(diff.moved, [](const PairChange& c) { return std::abs(c.moved_s); });
  sort_changes(diff.reclassified,
               [](const PairChange& c) { return std::abs(c.correlation_after - c.correlation_before); });
  return diff;
}

std::string diff_text(const RoundDiff& diff, size_t limit) {
  std::string text =
      fmt::format("fragments  {} before, {} after: {} shared, {} new, {} lost\n", diff.fragments_before,
                  diff.fragments_after, diff.fragments_shared, diff.fragments_after - diff.fragments_shared,
                  diff.fragments_before - diff.fragments_shared);
  text += fmt::format(
      "pairs      {} before, {} after: {} unchanged, {} appeared, {} vanished, {} moved, {} "
      "reclassified\n",
      diff.pairs_before, diff.pairs_after, diff.unchanged, diff.appeared.size(), diff.vanished.size(),
      diff.moved.size(), diff.reclassified.size());
  std::map<std::pair<std::string, std::string>, int64_t> verdicts;
  for (const PairChange& c : diff.reclassified)
    ++verdicts[{to_string(c.verdict_before), to_string(c.verdict_after)}];
  for (const auto& [change, count] : verdicts)
    text += fmt::format("           {} from {} to {}\n", count, change.first, change.second);
  list_changes(text, "appeared", diff.appeared, limit, [](const PairChange& c) {
    return one_sided(c, c.original_after, c.cover_after, c.correlation_after, c.verdict_after);
  });
  list_changes(text, "vanished", diff.vanished, limit, [](const PairChange& c) {
    return one_sided(c, c.original_before, c.cover_before, c.correlation_before, c.verdict_before);
  });
  list_changes(text, "moved", diff.moved, limit, [](const PairChange& c) {
    return fmt::format("{} {} s in {} {} s -> {} s, {:+.3f} s, correlation {:.3f} -> {:.3f}", c.original_id,
                       seconds(c.original_after), c.recording_id, seconds(c.cover_before),
                       seconds(c.cover_after), c.moved_s, c.correlation_before, c.correlation_after);
  });
  list_changes(text, "reclassified", diff.reclassified, limit, [](const PairChange& c) {
    return fmt::format("{} {} s in {} {} s, {} -> {}, correlation {:.3f} -> {:.3f}", c.original_id,
                       seconds(c.original_after), c.recording_id, seconds(c.cover_after),
                       to_string(c.verdict_before), to_string(c.verdict_after), c.correlation_before,
                       c.correlation_after);
  });
  return text;
}

std::string diff_json(const RoundDiff& diff) {
  const Json json = {
      {"fragments_before", diff.fragments_before}, {"fragments_after", diff.fragments_after},
      {"fragments_shared", diff.fragments_shared}, {"pairs_before", diff.pairs_before},
      {"pairs_after", diff.pairs_after},           {"unchanged", diff.unchanged},
      {"appeared", changes_json(diff.appeared)},   {"vanished", changes_json(diff.vanished)},
      {"moved", changes_json(diff.moved)},         {"reclassified", changes_json(diff.reclassified)}};
  return json_text(json, 2) + "\n";
}

}  // namespace melomine::mining
