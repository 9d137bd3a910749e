#include "mining/quality.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/time_intervals.h"

namespace melomine::mining {
namespace {

using datasets::FragmentRow;
using datasets::kTruthTolerance_s;
using datasets::RecordingKind;
using datasets::Truth;
using datasets::TruthRow;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
/// Sums of seconds are exact to this; a fragment covered by exactly 80 % must not fall by rounding.
constexpr double kRounding = 1e-9;
constexpr int kBinsPerUnit = 20;  // 0.05 wide
constexpr int kCurvePoints = 51;  // 0, 0.02, …, 1

/// Length of the union of intervals, each clipped to `within`.
double covered_s(std::vector<TimeInterval> intervals, const TimeInterval& within) {
  std::sort(intervals.begin(), intervals.end(),
            [](const TimeInterval& a, const TimeInterval& b) { return a.start_s < b.start_s; });
  double sum = 0, reached = within.start_s;
  for (const TimeInterval& interval : intervals) {
    const double end = std::min(interval.end_s, within.end_s);
    const double start = std::max(interval.start_s, reached);
    if (end > start) sum += end - start;
    reached = std::max(reached, end);
  }
  return sum;
}

using TruthRows = std::vector<const TruthRow*>;

double share_covered(const TruthRows& truth, const TimeInterval& original) {
  std::vector<TimeInterval> pieces;
  for (const TruthRow* row : truth) pieces.push_back(row->original);
  return original.duration_s() > 0 ? covered_s(std::move(pieces), original) / original.duration_s() : 0;
}

/// 0 inside, else the distance to the nearer end.
double distance_s(const TimeInterval& interval, double t_s) {
  return std::max({interval.start_s - t_s, t_s - interval.end_s, 0.0});
}

/// The error under the maps across the rest that holds the moment: the last rows before it go on through the
/// rest to the first rows behind it. NaN where none do.
double error_across_rest_s(const TruthRows& truth, double original_s, double match_s) {
  double rest_start_s = kNone, rest_end_s = kNone;
  for (const TruthRow* row : truth) {
    if (row->original.end_s <= original_s) rest_start_s = std::fmax(rest_start_s, row->original.end_s);
    if (row->original.start_s >= original_s) rest_end_s = std::fmin(rest_end_s, row->original.start_s);
  }
  const auto at = [](double a_s, double b_s) { return std::abs(a_s - b_s) <= kTruthTolerance_s; };
  double error = kNone;
  for (const TruthRow* before : truth) {
    if (!at(before->original.end_s, rest_start_s)) continue;
    for (const TruthRow* behind : truth) {
      if (!at(behind->original.start_s, rest_end_s)) continue;
      const double start_s = before->recording.end_s, end_s = behind->recording.start_s;
      if (end_s < start_s || std::abs(before->map().to_s(rest_end_s) - end_s) > kLargestError_s) continue;
      const double share = (original_s - rest_start_s) / (rest_end_s - rest_start_s);
      error = std::fmin(error, std::abs(start_s + share * (end_s - start_s) - match_s));
    }
  }
  return error;
}

double alignment_error_s(const TruthRows& truth, double original_s, double match_s) {
  double nearest = kLargestError_s;
  for (const TruthRow* row : truth) nearest = std::min(nearest, distance_s(row->original, original_s));
  double error = kNone;
  for (const TruthRow* row : truth) {
    if (distance_s(row->original, original_s) > std::min(nearest + kTruthTolerance_s, kLargestError_s))
      continue;
    // Of NaN and a number fmin takes the number.
    error = std::fmin(error, std::abs(row->map().to_s(original_s) - match_s));
  }
  return std::isnan(error) ? error_across_rest_s(truth, original_s, match_s) : error;
}

/// Who sings an original, and all of it that is sung.
struct Sung {
  std::vector<std::string> covers;  ///< recordings of kind cover, in order of id
  std::vector<TimeInterval> parts;  ///< disjoint, in order
};

std::vector<Sung> sung_in(const MinedSet& set, const Truth& truth) {
  std::map<std::string, size_t, std::less<>> song_of;
  for (size_t s = 0; s < set.songs.size(); ++s) song_of.emplace(set.songs[s].original_id, s);
  std::vector<Sung> songs(set.songs.size());
  std::vector<std::set<std::string>> covers(songs.size());
  for (const TruthRow& row : truth.rows()) {
    const auto found = song_of.find(row.original_id);
    if (found == song_of.end()) continue;
    songs[found->second].parts.push_back(row.original);
    if (row.kind == RecordingKind::kCover) covers[found->second].insert(row.recording_id);
  }
  for (size_t s = 0; s < songs.size(); ++s) {
    songs[s].parts = union_of(std::move(songs[s].parts));
    songs[s].covers.assign(covers[s].begin(), covers[s].end());
  }
  return songs;
}

/// Hits and chances per song.
struct Tally {
  std::vector<double> hits, of;

  explicit Tally(size_t songs) : hits(songs), of(songs) {}
  void add(size_t song, bool hit) {
    hits[song] += hit ? 1 : 0;
    of[song] += 1;
  }
  QualityFigure figure(const retrieval::BootstrapOptions& options) const {
    QualityFigure figure{{.mean = kNone, .low = kNone, .high = kNone}, 0, 0};
    for (const double value : hits) figure.hits += std::llround(value);
    for (const double value : of) figure.of += std::llround(value);
    if (figure.of > 0) figure.estimate = retrieval::bootstrap_ratio(hits, of, options);
    return figure;
  }
};

/// k of the bin [k, k + 1) / 20 that holds the correlation; 1 and what rounding takes above it lie in the
/// last.
int bin_of(double correlation) {
  const double inside = std::clamp(correlation, -1.0, 1.0);
  int bin = static_cast<int>(std::floor(inside * kBinsPerUnit));
  // The product is rounded: the edges themselves decide.
  if (static_cast<double>(bin + 1) / kBinsPerUnit <= inside) ++bin;
  if (static_cast<double>(bin) / kBinsPerUnit > inside) --bin;
  return std::min(bin, kBinsPerUnit - 1);
}

struct Tallies {
  Tally precision, relevant_precision, recall, relevant_recall, coverage, wrong, relevant_wrong;
  std::map<int, Tally> bins;
  std::vector<retrieval::ClusteredValue> errors;
  explicit Tallies(size_t songs)
      : precision(songs),
        relevant_precision(songs),
        recall(songs),
        relevant_recall(songs),
        coverage(songs),
        wrong(songs),
        relevant_wrong(songs) {}
};

void tally_group(const MinedGroup& group, const Truth& truth, const std::vector<Sung>& songs, Tallies& t) {
  const TimeInterval& original = group.original->interval;
  const std::string& original_id = group.original->recording_id;
  std::set<std::string, std::less<>> found, relevant_found;
  for (const FragmentRow& match : group.matches) {
    const PairJudgement judged =
        judge_pair(truth.of(original_id, match.recording_id), original, match.interval);
    t.precision.add(group.song, judged.correct);
    t.wrong.add(group.song, !judged.has_truth);
    t.bins.try_emplace(bin_of(match.correlation), songs.size()).first->second.add(group.song, judged.correct);
    const bool relevant = datasets::is_match(match.verdict);
    if (relevant) {
      t.relevant_precision.add(group.song, judged.correct);
      t.relevant_wrong.add(group.song, !judged.has_truth);
    }
    if (!judged.correct) continue;
    t.errors.push_back({static_cast<int64_t>(group.song), judged.error_s});
    found.insert(match.recording_id);
    if (relevant) relevant_found.insert(match.recording_id);
  }
  for (const std::string& cover : songs[group.song].covers) {
    if (share_covered(truth.of(original_id, cover), original) < kLeastCovered - kRounding) continue;
    t.recall.add(group.song, found.contains(cover));
    t.relevant_recall.add(group.song, relevant_found.contains(cover));
  }
}

void tally_coverage(const std::vector<MinedGroup>& groups, const std::vector<Sung>& songs, Tally& t) {
  constexpr double kMillisecondsPerSecond = 1000;
  std::vector<std::vector<TimeInterval>> fragments(songs.size());
  for (const MinedGroup& group : groups) fragments[group.song].push_back(group.original->interval);
  for (size_t s = 0; s < songs.size(); ++s) {
    for (const TimeInterval& sung : songs[s].parts) {
      t.of[s] += sung.duration_s() * kMillisecondsPerSecond;
      t.hits[s] += covered_s(fragments[s], sung) * kMillisecondsPerSecond;
    }
  }
}

QualityFigure quantile_of(const std::vector<retrieval::ClusteredValue>& errors, size_t songs, double share,
                          const retrieval::BootstrapOptions& options) {
  const auto count = static_cast<int64_t>(errors.size());
  QualityFigure figure{{.mean = kNone, .low = kNone, .high = kNone}, count, count};
  if (count > 0)
    figure.estimate = retrieval::bootstrap_quantile(errors, static_cast<int64_t>(songs), share, options);
  return figure;
}

}  // namespace

PairJudgement judge_pair(const std::vector<const TruthRow*>& truth, const TimeInterval& original,
                         const TimeInterval& match) {
  PairJudgement judged;
  judged.has_truth = !truth.empty();
  judged.covered = share_covered(truth, original);
  judged.error_s = alignment_error_s(truth, original.center_s(), match.center_s());
  judged.correct =
      judged.covered >= kLeastCovered - kRounding && judged.error_s <= kLargestError_s + kRounding;
  return judged;
}

MiningQuality quality_of(const MinedSet& set, const Truth& truth,
                         const retrieval::BootstrapOptions& options) {
  const size_t songs = set.songs.size();
  const std::vector<Sung> sung = sung_in(set, truth);
  const std::vector<MinedGroup> groups = groups_of(set);
  Tallies t(songs);
  for (const MinedGroup& group : groups) tally_group(group, truth, sung, t);
  tally_coverage(groups, sung, t.coverage);

  MiningQuality quality;
  quality.precision = t.precision.figure(options);
  quality.relevant_precision = t.relevant_precision.figure(options);
  quality.recall = t.recall.figure(options);
  quality.relevant_recall = t.relevant_recall.figure(options);
  quality.coverage = t.coverage.figure(options);
  quality.wrong_covers = t.wrong.figure(options);
  quality.relevant_wrong_covers = t.relevant_wrong.figure(options);
  quality.alignment_median_s = quantile_of(t.errors, songs, 0.5, options);
  quality.alignment_p90_s = quantile_of(t.errors, songs, 0.9, options);
  for (const auto& error : t.errors) quality.alignment_errors_s.push_back(error.value);
  std::sort(quality.alignment_errors_s.begin(), quality.alignment_errors_s.end());
  const int lowest = t.bins.empty() ? kBinsPerUnit : t.bins.begin()->first;
  for (int bin = lowest; bin < kBinsPerUnit; ++bin) {
    const auto found = t.bins.find(bin);
    const Tally& tally = found == t.bins.end() ? Tally(songs) : found->second;
    quality.bins.push_back({static_cast<double>(bin) / kBinsPerUnit,
                            static_cast<double>(bin + 1) / kBinsPerUnit, tally.figure(options)});
  }
  return quality;
}

std::vector<ThresholdPoint> threshold_curve(const MinedSet& set, const Truth& truth) {
  const std::vector<Sung> sung = sung_in(set, truth);
  const std::vector<MinedGroup> groups = groups_of(set);
  const auto index = index_of(groups);
  int64_t counterparts = 0;
  for (const MinedGroup& group : groups)
    for (const std::string& cover : sung[group.song].covers)
      counterparts += share_covered(truth.of(group.original->recording_id, cover),
                                    group.original->interval) >= kLeastCovered - kRounding;

  std::vector<ThresholdPoint> curve(kCurvePoints);
  std::vector<int64_t> correct(kCurvePoints);
  for (int k = 0; k < kCurvePoints; ++k)
    curve[static_cast<size_t>(k)].relevant = static_cast<double>(k) / (kCurvePoints - 1);
  for (const Candidate& candidate : set.candidates) {
    const auto found = index.find(candidate.group_id);
    if (found == index.end()) continue;
    const MinedGroup& group = groups[found->second];
    const PairJudgement judged = judge_pair(truth.of(group.original->recording_id, candidate.recording_id),
                                            group.original->interval, candidate.interval);
    for (size_t k = 0; k < curve.size() && candidate.correlation >= curve[k].relevant; ++k) {
      ++curve[k].pairs;
      correct[k] += judged.correct ? 1 : 0;
    }
  }
  for (size_t k = 0; k < curve.size(); ++k) {
    const auto hits = static_cast<double>(correct[k]);
    curve[k].precision = curve[k].pairs > 0 ? hits / static_cast<double>(curve[k].pairs) : kNone;
    curve[k].recall = counterparts > 0 ? hits / static_cast<double>(counterparts) : kNone;
  }
  return curve;
}

}  // namespace melomine::mining
