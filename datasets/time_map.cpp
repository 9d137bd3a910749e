#include "datasets/time_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/csv.h"
#include "core/error.h"

namespace melomine::datasets {
namespace {

struct Candidate {
  LinearMap piece;
  double deviation_s;  ///< of the piece's centre from the straight line
};

TimeInterval interval_at(const CsvTable& table, size_t row, const std::string& start,
                         const std::string& end) {
  const TimeInterval interval{table.number(row, start), table.number(row, end)};
  if (interval.end_s <= interval.start_s) table.fail(row, start + " must be below " + end);
  return interval;
}

/// The piece of a map whose `side` holds t_s, or comes nearest.
const LinearMap& nearest_piece(const std::vector<LinearMap>& map, TimeInterval LinearMap::*side, double t_s) {
  const LinearMap* nearest = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const LinearMap& piece : map) {
    const TimeInterval& held = piece.*side;
    const double away = std::max({held.start_s - t_s, t_s - held.end_s, 0.0});
    // The later of two adjoining pieces owns their common end: intervals are half-open.
    if (away < least || (away == least && t_s >= held.start_s)) {
      least = away;
      nearest = &piece;
    }
  }
  return *nearest;
}

bool compatible(const LinearMap& a, const LinearMap& b) {
  const auto& [first, second] = a.from.start_s <= b.from.start_s ? std::tie(a, b) : std::tie(b, a);
  return first.from.end_s <= second.from.start_s + kTruthTolerance_s &&
         first.to.end_s <= second.to.start_s + kTruthTolerance_s;
}

}  // namespace

std::vector<TruthRow> read_truth_table(const std::filesystem::path& path) {
  const CsvTable table = CsvTable::read(path);
  table.require({"song_id", "original_id", "recording_id", "kind", "original_start_s", "original_end_s",
                 "recording_start_s", "recording_end_s", "transposition_semitones"});
  std::vector<TruthRow> rows;
  rows.reserve(table.size());
  for (size_t i = 0; i < table.size(); ++i) {
    TruthRow r;
    r.song_id = table.text(i, "song_id");
    r.original_id = table.text(i, "original_id");
    r.recording_id = table.text(i, "recording_id");
    try {
      r.kind = recording_kind(table.text(i, "kind"));
    } catch (const Error& error) {
      table.fail(i, error.what());
    }
    r.original = interval_at(table, i, "original_start_s", "original_end_s");
    r.recording = interval_at(table, i, "recording_start_s", "recording_end_s");
    r.transposition_semitones = table.number(i, "transposition_semitones");
    rows.push_back(std::move(r));
  }
  return rows;
}

double Fragment::to_recording_s(double group_s) const {
  if (time_map.empty()) return interval.start_s + group_s;
  return nearest_piece(time_map, &LinearMap::from, group_s).to_s(group_s);
}

double Fragment::to_group_s(double recording_s) const {
  if (time_map.empty()) return recording_s - interval.start_s;
  return nearest_piece(time_map, &LinearMap::to, recording_s).from_s(recording_s);
}

std::vector<LinearMap> linear_time_map(const TimeInterval& original, const TimeInterval& fragment) {
  return {{.from = {0, original.duration_s()}, .to = fragment}};
}

std::vector<LinearMap> truth_time_map(const std::vector<const TruthRow*>& rows, const TimeInterval& original,
                                      const TimeInterval& fragment) {
  const LinearMap straight{{0, original.duration_s()}, fragment};
  std::vector<Candidate> candidates;
  for (const TruthRow* row : rows) {
    // The part of the piece inside both intervals, as positions along it.
    const LinearMap o{row->original, {0, 1}}, r{row->recording, {0, 1}};
    const double begin = std::max({0.0, o.to_s(original.start_s), r.to_s(fragment.start_s)});
    const double end = std::min({1.0, o.to_s(original.end_s), r.to_s(fragment.end_s)});
    if ((end - begin) * row->original.duration_s() <= kTruthTolerance_s) continue;
    const LinearMap piece{{o.from_s(begin) - original.start_s, o.from_s(end) - original.start_s},
                          {r.from_s(begin), r.from_s(end)}};
    candidates.push_back({piece, std::abs(piece.to.center_s() - straight.to_s(piece.from.center_s()))});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.deviation_s < b.deviation_s; });
  std::vector<LinearMap> map;
  for (const Candidate& candidate : candidates)
    if (std::all_of(map.begin(), map.end(),
                    [&](const LinearMap& taken) { return compatible(taken, candidate.piece); }))
      map.push_back(candidate.piece);
  std::sort(map.begin(), map.end(),
            [](const LinearMap& a, const LinearMap& b) { return a.from.start_s < b.from.start_s; });
  return map;
}

Truth::Truth(std::vector<TruthRow> rows) : rows_(std::move(rows)) {
  for (const TruthRow& row : rows_) index_[{row.original_id, row.recording_id}].push_back(&row);
}

const std::vector<const TruthRow*>& Truth::of(const std::string& original_id,
                                              const std::string& recording_id) const {
  static const std::vector<const TruthRow*> kNone;
  const auto found = index_.find({original_id, recording_id});
  return found == index_.end() ? kNone : found->second;
}

}  // namespace melomine::datasets
