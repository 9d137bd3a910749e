#include "mining/settle.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace melomine::mining {
namespace {

/// Share of the shorter place by which neighbours may overlap: lengths are known to a step between two
/// tempos.
constexpr double kOverlap = 0.1;
/// How far a continuation may lie off: a breath, and a drifting tempo, as a share of the way.
constexpr double kBreath_s = 0.5, kDrift = 0.05;
/// Logarithm of the ratio of two tempos within one performance.
constexpr double kTempoStep = 0.15;

bool may_follow(const Place& a, const Place& b) {
  if (a.center_s >= b.center_s) return false;
  const double allowed_s =
      a.fragment == b.fragment ? kTimeSlack_s : kOverlap * std::min(a.length_s, b.length_s);
  return a.end_s() - b.start_s() <= allowed_s;
}

/// From 0, the second follows the first as in the original, to 1, it has nothing to do with it.
double jump_between(const std::vector<TimeInterval>& fragments, const Place& a, const Place& b) {
  const double original_s = fragments[b.fragment].center_s() - fragments[a.fragment].center_s();
  if (original_s <= 0) return 1;
  const double cover_s = b.center_s - a.center_s;
  const double off_s = original_s / std::sqrt(a.tempo_ratio * b.tempo_ratio) - cover_s;
  const double off = off_s / (kBreath_s + kDrift * cover_s);
  const double tempo = std::log(b.tempo_ratio / a.tempo_ratio) / kTempoStep;
  return std::min(1.0, off * off + tempo * tempo);
}

}  // namespace

void bind(configs::Binder& b, SettleConfig& c) {
  b.enumeration("by", c.by, {{"peaks", SettleBy::kPeaks}, {"path", SettleBy::kPath}},
                "peaks: each fragment for itself, the paper's; path: all of a cover together");
  b.number("jump", c.jump, configs::between(0, 2),
           "of path: cost, in correlation, of neighbours that do not follow each other as in the original");
  b.number(
      "margin", c.margin, configs::between(0, 2),
      "a match is relevant only this much above the fragment's best place that is not explained; 0: always");
  b.number(
      "alone", c.alone, configs::between(0, 1),
      "least correlation of a relevant match where no other fragment is found in the cover; 0: as elsewhere");
  b.sparse_number("left_out", c.left_out, configs::between(0, 1),
                  "of path: least correlation of a relevant match of a fragment that the path leaves out; 0: "
                  "none is relevant");
}

bool overlap(const Place& a, const Place& b) {
  return std::abs(a.center_s - b.center_s) < 0.5 * (a.length_s + b.length_s) - kTimeSlack_s;
}

std::vector<size_t> best_path(const std::vector<TimeInterval>& fragments, std::span<const Place> places,
                              double floor, double jump) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  std::vector<size_t> order(places.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return places[a].center_s < places[b].center_s; });
  std::vector<double> score(places.size());
  std::vector<size_t> before(places.size(), kNone);
  size_t last = kNone;
  for (size_t i = 0; i < order.size(); ++i) {
    const Place& place = places[order[i]];
    for (size_t j = 0; j < i; ++j) {
      const Place& earlier = places[order[j]];
      if (score[j] <= score[i] || !may_follow(earlier, place)) continue;
      const double reached = score[j] - jump * jump_between(fragments, earlier, place);
      if (reached > score[i]) score[i] = reached, before[i] = j;
    }
    score[i] += place.correlation - floor;
    if (score[i] > (last == kNone ? 0 : score[last])) last = i;
  }
  std::vector<size_t> path;
  for (size_t i = last; i != kNone; i = before[i]) path.push_back(order[i]);
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace melomine::mining
