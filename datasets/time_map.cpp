#include "datasets/time_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/csv.h"
#include "core/error.h"

namespace melomine::datasets {
namespace {

double lerp(double x, double x0, double x1, double y0, double y1) {
  return y0 + (x - x0) * (y1 - y0) / (x1 - x0);
}

struct Candidate {
  TimeMapPiece piece;
  double deviation_s;  ///< of the piece's centre from the straight line
};

TimeInterval interval_at(const CsvTable& table, size_t row, const std::string& start,
                         const std::string& end) {
  const TimeInterval interval{table.number(row, start), table.number(row, end)};
  if (interval.end_s <= interval.start_s) table.fail(row, start + " must be below " + end);
  return interval;
}

using TimeOfPiece = double TimeMapPiece::*;

/// The piece of a map in which t_s lies between `start` and `end`, or comes nearest.
const TimeMapPiece& nearest_piece(const std::vector<TimeMapPiece>& map, TimeOfPiece start, TimeOfPiece end,
                                  double t_s) {
  const TimeMapPiece* nearest = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const TimeMapPiece& piece : map) {
    const double away = std::max({piece.*start - t_s, t_s - piece.*end, 0.0});
    // The later of two adjoining pieces owns their common end: intervals are half-open.
    if (away < least || (away == least && t_s >= piece.*start)) {
      least = away;
      nearest = &piece;
    }
  }
  return *nearest;
}

bool compatible(const TimeMapPiece& a, const TimeMapPiece& b) {
  const auto& [first, second] = a.group_start_s <= b.group_start_s ? std::tie(a, b) : std::tie(b, a);
  return first.group_end_s <= second.group_start_s + kTruthTolerance_s &&
         first.recording_end_s <= second.recording_start_s + kTruthTolerance_s;
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
  const TimeMapPiece& piece =
      nearest_piece(time_map, &TimeMapPiece::group_start_s, &TimeMapPiece::group_end_s, group_s);
  return lerp(group_s, piece.group_start_s, piece.group_end_s, piece.recording_start_s,
              piece.recording_end_s);
}

double Fragment::to_group_s(double recording_s) const {
  if (time_map.empty()) return recording_s - interval.start_s;
  const TimeMapPiece& piece =
      nearest_piece(time_map, &TimeMapPiece::recording_start_s, &TimeMapPiece::recording_end_s, recording_s);
  return lerp(recording_s, piece.recording_start_s, piece.recording_end_s, piece.group_start_s,
              piece.group_end_s);
}

std::vector<TimeMapPiece> linear_time_map(const TimeInterval& original, const TimeInterval& fragment) {
  return {{0, original.duration_s(), fragment.start_s, fragment.end_s}};
}

std::vector<TimeMapPiece> truth_time_map(const std::vector<const TruthRow*>& rows,
                                         const TimeInterval& original, const TimeInterval& fragment) {
  std::vector<Candidate> candidates;
  for (const TruthRow* row : rows) {
    const TimeInterval &o = row->original, &r = row->recording;
    // The part of the piece inside both intervals, as positions along it.
    const double begin = std::max({0.0, lerp(original.start_s, o.start_s, o.end_s, 0, 1),
                                   lerp(fragment.start_s, r.start_s, r.end_s, 0, 1)});
    const double end = std::min({1.0, lerp(original.end_s, o.start_s, o.end_s, 0, 1),
                                 lerp(fragment.end_s, r.start_s, r.end_s, 0, 1)});
    if ((end - begin) * o.duration_s() <= kTruthTolerance_s) continue;
    const auto along = [](const TimeInterval& i, double u) { return i.start_s + u * i.duration_s(); };
    TimeMapPiece piece{along(o, begin) - original.start_s, along(o, end) - original.start_s, along(r, begin),
                       along(r, end)};
    const double straight = lerp(0.5 * (piece.group_start_s + piece.group_end_s), 0, original.duration_s(),
                                 fragment.start_s, fragment.end_s);
    candidates.push_back(
        {piece, std::abs(0.5 * (piece.recording_start_s + piece.recording_end_s) - straight)});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.deviation_s < b.deviation_s; });
  std::vector<TimeMapPiece> map;
  for (const Candidate& candidate : candidates)
    if (std::all_of(map.begin(), map.end(),
                    [&](const TimeMapPiece& taken) { return compatible(taken, candidate.piece); }))
      map.push_back(candidate.piece);
  std::sort(map.begin(), map.end(),
            [](const TimeMapPiece& a, const TimeMapPiece& b) { return a.group_start_s < b.group_start_s; });
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
