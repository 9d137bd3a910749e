#include "library/stretches.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace melomine::library {
namespace {

/// What the spread of all windows counts beside a window's own.
constexpr double kPooledShare = 0.5;
/// Of least_standing, what a window between hits of a stretch costs in which its song was not found.
constexpr double kMissingShare = 0.5;
/// How far tempo may be off between hits.
constexpr double kTempoSlack = 0.15;
/// Of a stretch, what may lie under a better one before it is no stretch of its own.
constexpr double kMostCovered = 0.5;
/// Shorter rests between stretches are not told.
constexpr double kLeastUnmatched_s = 1;

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// A hit and what it speaks for its song.
struct Link {
  const StreamHit* hit;
  double gain;
  double total = 0;       ///< of the best chain that ends here
  int64_t before = -1;    ///< of that chain
  bool is_taken = false;  ///< by a chain

  double query_middle() const { return (hit->query_start_s + hit->query_end_s) / 2; }
  double ref_middle() const { return (hit->ref_start_s + hit->ref_end_s) / 2; }
};

/// Hits of one song, in the order of windows.
class SongChains {
 public:
  SongChains(std::vector<Link> links, double step_share, const StretchConfig& config)
      : links_(std::move(links)), step_share_(step_share), config_(config) {}

  /// Chains that speak for the song, the best first, none sharing a hit.
  void add_to(std::vector<Stretch>& stretches) {
    for (;;) {
      const int64_t last = find_best();
      if (last < 0) return;
      stretches.push_back(taken(last));
    }
  }

 private:
  /// Whether one line in time leads from a hit to a later one.
  bool is_line(const Link& a, const Link& b) const {
    const double query = b.query_middle() - a.query_middle(), ref = b.ref_middle() - a.ref_middle();
    const double expected = query * 2 / (a.hit->tempo_ratio + b.hit->tempo_ratio);
    return query >= 0 && ref >= -config_.tolerance_s &&
           std::abs(ref - expected) <= config_.tolerance_s + kTempoSlack * query;
  }

  /// @returns where the best chain of hits that are not taken ends; -1 where none speaks for the song
  int64_t find_best() {
    int64_t best = -1;
    size_t first = 0;
    for (size_t j = 0; j < links_.size(); ++j) {
      Link& link = links_[j];
      if (link.is_taken) continue;
      link.total = link.gain;
      link.before = -1;
      while (first < j && links_[first].hit->query_end_s + config_.most_gap_s < link.hit->query_start_s)
        ++first;
      for (size_t i = first; i < j; ++i) {
        const Link& earlier = links_[i];
        const int64_t missing = link.hit->window - earlier.hit->window - 1;
        if (earlier.is_taken || missing < 0 || !is_line(earlier, link)) continue;
        const double total =
            earlier.total + link.gain - kMissingShare * config_.least_standing * static_cast<double>(missing);
        if (total <= link.total) continue;
        link.total = total;
        link.before = static_cast<int64_t>(i);
      }
      if (link.total > 0 && (best < 0 || link.total > links_[static_cast<size_t>(best)].total))
        best = static_cast<int64_t>(j);
    }
    return best;
  }

  Stretch taken(int64_t last) {
    std::vector<Link*> chain;
    for (int64_t i = last; i >= 0; i = links_[static_cast<size_t>(i)].before)
      chain.push_back(&links_[static_cast<size_t>(i)]);
    std::reverse(chain.begin(), chain.end());
    Stretch stretch;
    stretch.song = chain[0]->hit->song;
    stretch.evidence = chain.back()->total * step_share_;
    stretch.hits = static_cast<int64_t>(chain.size());
    std::vector<double> transpositions, evidence, tempos;
    const Link *start = chain.front(), *end = chain.back();
    for (Link* link : chain) {
      link->is_taken = true;
      const StreamHit& hit = *link->hit;
      stretch.score += hit.score / static_cast<double>(chain.size());
      transpositions.push_back(hit.transposition_semitones);
      evidence.push_back(hit.evidence);
      tempos.push_back(hit.tempo_ratio);
      if (hit.query_start_s < start->hit->query_start_s) start = link;
      if (hit.query_end_s > end->hit->query_end_s) end = link;
    }
    stretch.query_start_s = start->hit->query_start_s;
    stretch.query_end_s = end->hit->query_end_s;
    stretch.ref_start_s = start->hit->ref_start_s;
    stretch.ref_end_s = std::max(end->hit->ref_end_s, start->hit->ref_start_s);
    stretch.transposition_semitones = median(transpositions);
    stretch.hit_evidence = median(evidence);
    stretch.tempo_ratio = tempo_of(chain, median(tempos));
    return stretch;
  }

  /// The slope of the line through the hits' starts and ends.
  static double tempo_of(const std::vector<Link*>& chain, double of_hits) {
    const auto count = static_cast<double>(2 * chain.size());
    double q_mean = 0, r_mean = 0, qr = 0, rr = 0;
    for (const Link* link : chain) {
      q_mean += 2 * link->query_middle() / count;
      r_mean += 2 * link->ref_middle() / count;
    }
    const auto add = [&](double query_s, double ref_s) {
      qr += (query_s - q_mean) * (ref_s - r_mean);
      rr += (ref_s - r_mean) * (ref_s - r_mean);
    };
    for (const Link* link : chain) {
      add(link->hit->query_start_s, link->hit->ref_start_s);
      add(link->hit->query_end_s, link->hit->ref_end_s);
    }
    return qr > 0 && rr > 0 ? qr / rr : of_hits;
  }

  std::vector<Link> links_;
  double step_share_;
  const StretchConfig& config_;
};

double overlap(const Stretch& a, const Stretch& b) {
  return std::max(0.0, std::min(a.query_end_s, b.query_end_s) - std::max(a.query_start_s, b.query_start_s));
}

double length(const Stretch& s) {
  return s.query_end_s - s.query_start_s;
}

/// What is left beside a better one: the longer side.
void cut_away(Stretch& stretch, const Stretch& better) {
  if (overlap(stretch, better) <= 0) return;
  const double old_start = stretch.query_start_s, old_end = stretch.query_end_s;
  if (better.query_start_s - stretch.query_start_s < stretch.query_end_s - better.query_end_s)
    stretch.query_start_s = better.query_end_s;
  else
    stretch.query_end_s = better.query_start_s;
  stretch.ref_start_s += (stretch.query_start_s - old_start) / stretch.tempo_ratio;
  stretch.ref_end_s -= (old_end - stretch.query_end_s) / stretch.tempo_ratio;
  stretch.ref_end_s = std::max(stretch.ref_end_s, stretch.ref_start_s);
}

void add_alternative(Stretch& stretch, const Stretch& other, int64_t most) {
  const auto is_known = [&](const Stretch& s) { return s.song == other.song; };
  if (stretch.song == other.song || static_cast<int64_t>(stretch.alternatives.size()) >= most ||
      std::any_of(stretch.alternatives.begin(), stretch.alternatives.end(), is_known))
    return;
  stretch.alternatives.push_back(other);
  stretch.alternatives.back().alternatives.clear();
}

/// Stretches that count, none overlapping. @param weak  gets those that do not, with most evidence first
std::vector<Stretch> kept_apart(std::vector<Stretch> all, const StretchConfig& config,
                                std::vector<Stretch>& weak) {
  std::stable_sort(all.begin(), all.end(),
                   [](const Stretch& a, const Stretch& b) { return a.evidence > b.evidence; });
  std::vector<Stretch> kept;
  for (Stretch& stretch : all) {
    double covered = 0;
    for (const Stretch& better : kept) covered += overlap(stretch, better);
    if (covered > kMostCovered * length(stretch)) {
      for (Stretch& better : kept)
        if (overlap(stretch, better) > 0) add_alternative(better, stretch, config.alternatives);
    } else if (stretch.evidence < config.least_evidence) {
      weak.push_back(stretch);
    } else {
      for (const Stretch& better : kept) cut_away(stretch, better);
      if (length(stretch) > 0) kept.push_back(stretch);
    }
  }
  return kept;
}

}  // namespace

void bind(configs::Binder& b, StretchConfig& c) {
  b.number("tolerance_s", c.tolerance_s, configs::at_least(0), "how far off its line in time a hit may lie");
  b.number("most_gap_s", c.most_gap_s, configs::at_least(0), "between hits of a stretch");
  b.number("least_standing", c.least_standing, configs::at_least(0),
           "how far above the other songs of its window a hit has to be to speak for its song, in spreads of "
           "theirs");
  b.number("least_evidence", c.least_evidence, configs::at_least(0), "of a stretch that counts as found");
  b.integer("alternatives", c.alternatives, configs::between(0, 100), "other songs told of each stretch");
}

std::vector<Stretch> join_hits(std::span<const StreamHit> hits, std::span<const SearchedWindow> windows,
                               double step_share, double duration_s, const StretchConfig& config) {
  std::vector<double> spreads;
  for (const SearchedWindow& window : windows) spreads.push_back(window.spread);
  const double pooled = median(spreads);
  std::map<int64_t, std::vector<Link>> songs;
  for (const StreamHit& hit : hits) {
    const double spread = (1 - kPooledShare) * hit.spread + kPooledShare * pooled;
    const double standing = spread > 0 ? hit.lead / spread : 0;
    const double gain = standing - config.least_standing;
    if (gain > -kMissingShare * config.least_standing) songs[hit.song].push_back({.hit = &hit, .gain = gain});
  }
  std::vector<Stretch> all, weak;
  for (auto& [song, links] : songs) {
    std::stable_sort(links.begin(), links.end(),
                     [](const Link& a, const Link& b) { return a.hit->window < b.hit->window; });
    SongChains(std::move(links), step_share, config).add_to(all);
  }
  std::vector<Stretch> told = kept_apart(std::move(all), config, weak);
  std::sort(told.begin(), told.end(),
            [](const Stretch& a, const Stretch& b) { return a.query_start_s < b.query_start_s; });
  std::vector<Stretch> whole;
  double at_s = 0;
  const auto add_rest = [&](double end_s) {
    if (end_s - at_s < kLeastUnmatched_s) return;
    Stretch rest;
    rest.query_start_s = at_s;
    rest.query_end_s = end_s;
    for (const Stretch& one : weak)
      if (overlap(one, rest) > 0) add_alternative(rest, one, config.alternatives);
    whole.push_back(std::move(rest));
  };
  for (Stretch& stretch : told) {
    add_rest(stretch.query_start_s);
    at_s = std::max(at_s, stretch.query_end_s);
    whole.push_back(std::move(stretch));
  }
  add_rest(duration_s);
  return whole;
}

}  // namespace melomine::library
