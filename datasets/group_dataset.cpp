#include "datasets/group_dataset.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "dsp/audio_name.h"

namespace melomine::datasets {
namespace {

std::string normal_path(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().generic_string();
}

/// The last three parts of a path without the extension of its audio: "g/1/a" of "audio/g/1/a.flac", or "".
std::string chad_key(const std::string& path) {
  const std::filesystem::path p = std::filesystem::path(path).lexically_normal();
  const std::filesystem::path fragment = p.parent_path(), group = fragment.parent_path();
  const std::string name = dsp::name_of_audio(p);
  if (name.empty() || fragment.filename().empty() || group.filename().empty()) return {};
  return (group.filename() / fragment.filename() / name).generic_string();
}

struct Found {
  const StoredRecording* stored;
  bool is_cut;  ///< the recording is the fragment itself
};

/// Finds the recording of a row of a fragment table.
class RecordingIndex {
 public:
  /// @param stored  outlives the index
  void add(const StoredRecording& stored) {
    const Recording& r = stored.recording;
    by_id_.emplace(r.recording_id, &stored);
    by_path_.emplace(normal_path(r.path), &stored);
    if (const std::string key = chad_key(r.path); !key.empty()) by_chad_.emplace(key, &stored);
    if (!r.youtube_id.empty()) by_youtube_.emplace(r.youtube_id, &stored);
  }

  std::optional<Found> find(const FragmentRow& row) const {
    // What is named but not there was set aside at ingest: another recording must not stand in for it.
    if (!row.recording_id.empty()) return look(by_id_, row.recording_id);
    if (!row.path.empty()) {
      const auto found = look(by_path_, normal_path(row.path));
      return found ? found : look(by_id_, row.id);
    }
    const auto cut = by_chad_.find(row.group_id + "/" + row.fragment_id + "/" + row.id);
    if (cut != by_chad_.end()) return Found{cut->second, true};
    if (const auto found = look(by_id_, row.id)) return found;
    return row.youtube_id.empty() ? std::nullopt : look(by_youtube_, row.youtube_id);
  }

 private:
  using Map = std::unordered_map<std::string, const StoredRecording*>;
  static std::optional<Found> look(const Map& map, const std::string& key) {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return Found{found->second, false};
  }
  Map by_id_, by_path_, by_chad_, by_youtube_;
};

/// A row that can be used.
struct Member {
  const FragmentRow* row;
  const StoredRecording* stored;
  TimeInterval interval;  ///< in the recording, but for its end as the row has it
  double length_s;        ///< of the recording
  bool is_cut;            ///< as Found
};

/// The rows that sing the same.
struct Unit {
  const FragmentRow* first_row = nullptr;
  const FragmentRow* original_row = nullptr;  ///< of the original that sets the time, usable or not
  std::optional<size_t> original;             ///< its index in members
  std::vector<Member> members;

  TimeInterval reference() const {
    return original_row != nullptr ? original_row->interval : members.front().interval;
  }
  std::string name() const {
    return first_row->group_id + (first_row->fragment_id.empty() ? "" : "/" + first_row->fragment_id);
  }
};

/// Rounded seconds, and what codecs pad.
constexpr double kRounding_s = 0.05;
/// A fragment with less of it inside its recording is left out.
constexpr double kLeastShare = 0.5;

bool is_same_clip(const Member& a, const Member& b) {
  return a.stored == b.stored && std::abs(a.interval.start_s - b.interval.start_s) < kRounding_s &&
         std::abs(a.interval.end_s - b.interval.end_s) < kRounding_s;
}

/// Makes groups of rows, once.
class GroupBuilder {
 public:
  GroupBuilder(RecordingIndex index, int sample_rate_hz, const Truth& truth, const GroupOptions& options)
      : index_(std::move(index)), sample_rate_hz_(sample_rate_hz), options_(options), truth_(truth) {}

  GroupDataset build(const std::vector<FragmentRow>& rows) {
    for (const FragmentRow& row : rows) add(row);
    for (const Unit& unit : units_) make_group(unit);
    return std::move(data_);
  }

 private:
  struct Song {
    std::string id;
    bool of_original = false;
  };

  void add(const FragmentRow& row) {
    ++data_.counts.rows;
    Unit& unit = unit_of(row);
    const bool is_original = row.audio_type == RecordingKind::kOriginal;
    const bool sets_time = is_original && unit.original_row == nullptr;
    if (sets_time) unit.original_row = &row;
    const std::optional<Member> member = usable(row);
    if (!member) return;
    Song& song = songs_[row.group_id];
    if (song.id.empty() || (is_original && !song.of_original))
      song = {member->stored->recording.song_id, is_original};
    if (std::any_of(unit.members.begin(), unit.members.end(),
                    [&](const Member& other) { return is_same_clip(other, *member); })) {
      ++data_.counts.repeated_fragments;
      return;
    }
    if (sets_time) unit.original = unit.members.size();
    unit.members.push_back(*member);
  }

  Unit& unit_of(const FragmentRow& row) {
    const auto [at, is_new] = unit_index_.try_emplace({row.group_id, row.fragment_id}, units_.size());
    if (is_new) units_.push_back({.first_row = &row, .original_row = nullptr, .original = {}, .members = {}});
    return units_[at->second];
  }

  std::optional<Member> usable(const FragmentRow& row) {
    GroupCounts& counts = data_.counts;
    const bool may_be_used =
        is_match(row.verdict) || (row.verdict == Verdict::kUncertain && options_.use_uncertain);
    if (!may_be_used) {
      ++counts.unverified_fragments;
      return std::nullopt;
    }
    const std::optional<Found> found = index_.find(row);
    if (!found) {
      if (counts.absent_fragments++ == 0) counts.first_absent = row.group_id + ", " + row.id;
      return std::nullopt;
    }
    const double length_s = static_cast<double>(found->stored->length_samples) / sample_rate_hz_;
    TimeInterval interval = found->is_cut ? TimeInterval{0, row.interval.duration_s()} : row.interval;
    if (std::isinf(interval.end_s)) interval.end_s = length_s;
    if (interval.start_s >= length_s) {
      ++counts.outside_fragments;
      return std::nullopt;
    }
    return Member{&row, found->stored, interval, length_s, found->is_cut};
  }

  void make_group(const Unit& unit) {
    GroupCounts& counts = data_.counts;
    if (unit.members.size() < 2) {
      ++counts.small_groups;
      return;
    }
    FragmentGroup group{
        unit.name(), songs_.at(unit.first_row->group_id).id, unit.reference().duration_s(), {}};
    if (options_.use_song && !options_.use_song(group.song_id)) {
      ++counts.held_out_groups;
      for (const Member& member : unit.members)
        group.fragments.push_back(
            {member.stored->recording.recording_id, member.row->audio_type, member.interval, {}});
      data_.held_out.push_back(std::move(group));
      return;
    }
    add_fragments(unit, group);
    if (group.fragments.size() < 2) {
      ++counts.small_groups;
      return;
    }
    place(unit, group);
    counts.fragments += static_cast<int64_t>(group.fragments.size());
    ++counts.groups;
    data_.groups.push_back(std::move(group));
  }

  /// Where the group lies in its song's original. Fragments that are files of their own are of the video that
  /// their rows name.
  void place(const Unit& unit, FragmentGroup& group) const {
    if (unit.original_row == nullptr) return;
    group.original_start_s = unit.original_row->interval.start_s;
    if (!unit.original || unit.members[*unit.original].is_cut) {
      group.original_id = unit.original_row->youtube_id;
      return;
    }
    group.original_id = unit.members[*unit.original].stored->recording.recording_id;
    for (const Member& member : unit.members) {
      const std::string& id = member.stored->recording.recording_id;
      for (const TruthRow* row : truth_.of(group.original_id, id))
        group.same_notes.push_back({id, row->map()});
    }
  }

  /// Those of which enough lies in their recordings, cut to the time that all of them have.
  void add_fragments(const Unit& unit, FragmentGroup& group) {
    double common_s = group.duration_s;
    for (const Member& member : unit.members) {
      Fragment fragment = make_fragment(unit, member);
      if (member.interval.end_s > member.length_s + kRounding_s) {
        const double inside_s = fragment.to_group_s(member.length_s);
        if (inside_s < kLeastShare * group.duration_s) {
          ++data_.counts.outside_fragments;
          continue;
        }
        ++data_.counts.cut_fragments;
        common_s = std::min(common_s, inside_s);
      }
      fragment.interval.end_s = std::min(fragment.interval.end_s, member.length_s);
      group.fragments.push_back(std::move(fragment));
    }
    if (common_s == group.duration_s) return;
    group.duration_s = common_s;
    for (Fragment& fragment : group.fragments)
      fragment.interval.end_s = std::min(fragment.interval.end_s, fragment.to_recording_s(common_s));
  }

  Fragment make_fragment(const Unit& unit, const Member& member) {
    const std::string& id = member.stored->recording.recording_id;
    const TimeInterval reference = unit.reference();
    Fragment fragment{id, member.row->audio_type, member.interval, {}};
    if (unit.original && unit.original_row != member.row) {
      const std::string& original_id = unit.members[*unit.original].stored->recording.recording_id;
      fragment.time_map = truth_time_map(truth_.of(original_id, id), reference, member.interval);
      if (fragment.time_map.empty()) ++data_.counts.linear_maps;
    }
    if (fragment.time_map.empty()) fragment.time_map = linear_time_map(reference, member.interval);
    return fragment;
  }

  RecordingIndex index_;
  int sample_rate_hz_;
  const GroupOptions& options_;
  const Truth& truth_;
  std::map<std::pair<std::string, std::string>, size_t> unit_index_;  ///< by group_id and fragment_id
  std::vector<Unit> units_;                                           ///< in order of their first rows
  std::unordered_map<std::string, Song> songs_;                       ///< by group_id
  GroupDataset data_;
};

}  // namespace

std::string GroupCounts::summary() const {
  std::string text = std::to_string(groups) + " groups of " + std::to_string(fragments) + " fragments from " +
                     std::to_string(rows) + " rows";
  const auto note = [&text](int64_t count, const char* what) {
    if (count > 0) text += "; " + std::to_string(count) + " " + what;
  };
  note(absent_fragments, "fragments whose recording is not in the store");
  if (!first_absent.empty()) text += " (the first: " + first_absent + ")";
  note(outside_fragments, "fragments past the end of their recording");
  note(cut_fragments, "fragments cut at the end of their recording");
  note(repeated_fragments, "fragments that repeat another");
  note(unverified_fragments, "fragments rejected or uncertain");
  note(small_groups, "groups dropped with fewer than two usable fragments");
  note(held_out_groups, "groups of held-out songs");
  return text;
}

GroupDataset build_groups(const std::vector<FragmentRow>& rows,
                          const std::vector<StoredRecording>& recordings, int sample_rate_hz,
                          const Truth& truth, const GroupOptions& options) {
  RecordingIndex index;
  for (const StoredRecording& stored : recordings) index.add(stored);
  return GroupBuilder(std::move(index), sample_rate_hz, truth, options).build(rows);
}

GroupDataset build_groups(const std::vector<FragmentRow>& rows, const AudioStore& store, const Truth& truth,
                          const GroupOptions& options) {
  RecordingIndex index;
  for (size_t i = 0; i < store.size(); ++i) index.add(store.at(i));
  return GroupBuilder(std::move(index), store.sample_rate_hz(), truth, options).build(rows);
}

GroupDataset load_groups(const std::filesystem::path& table, const AudioStore& store,
                         const std::filesystem::path& truth, const GroupOptions& options) {
  const Truth maps = truth.empty() ? Truth() : Truth(read_truth_table(truth));
  GroupDataset dataset = build_groups(read_fragment_table(table), store, maps, options);
  if (dataset.groups.empty())
    throw DataError(table.string(), "", "no group can be used: " + dataset.counts.summary());
  return dataset;
}

}  // namespace melomine::datasets
