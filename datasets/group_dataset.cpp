#include "datasets/group_dataset.h"

#include <map>
#include <optional>
#include <unordered_map>

#include "core/error.h"

namespace melomine::datasets {
namespace {

std::string normal_path(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().generic_string();
}

/// The last three parts of a path without the extension: "g/1/a" of "audio/g/1/a.flac", or "".
std::string chad_key(const std::string& path) {
  const std::filesystem::path p = std::filesystem::path(path).lexically_normal();
  const std::filesystem::path fragment = p.parent_path(), group = fragment.parent_path();
  if (p.stem().empty() || fragment.filename().empty() || group.filename().empty()) return {};
  return (group.filename() / fragment.filename() / p.stem()).generic_string();
}

struct Found {
  const StoredRecording* stored;
  bool is_cut;  ///< the recording is the fragment itself
};

/// Finds the recording of a row of a fragment table.
class RecordingIndex {
 public:
  explicit RecordingIndex(const std::vector<StoredRecording>& recordings) {
    for (const StoredRecording& stored : recordings) {
      const Recording& r = stored.recording;
      by_id_.emplace(r.recording_id, &stored);
      by_path_.emplace(normal_path(r.path), &stored);
      if (const std::string key = chad_key(r.path); !key.empty()) by_chad_.emplace(key, &stored);
      if (!r.youtube_id.empty()) by_youtube_.emplace(r.youtube_id, &stored);
    }
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

struct Usable {
  const FragmentRow* row;
  const StoredRecording* stored;
  TimeInterval interval;
};

using PairTruth = std::map<std::pair<std::string, std::string>, std::vector<const TruthRow*>>;

class GroupBuilder {
 public:
  GroupBuilder(const std::vector<StoredRecording>& recordings, int sample_rate_hz,
               const std::vector<TruthRow>& truth, const GroupOptions& options)
      : index_(recordings), sample_rate_hz_(sample_rate_hz), options_(options) {
    for (const TruthRow& row : truth) truth_[{row.original_id, row.recording_id}].push_back(&row);
  }

  void add(const std::string& group_id, const std::vector<const FragmentRow*>& rows, GroupDataset& dataset) {
    GroupCounts& counts = dataset.counts;
    const FragmentRow* original_row = nullptr;
    const Usable* original = nullptr;
    std::vector<Usable> usable;
    usable.reserve(rows.size());
    for (const FragmentRow* row : rows) {
      const bool is_reference = row->audio_type == RecordingKind::kOriginal && original_row == nullptr;
      if (is_reference) original_row = row;
      if (!add_usable(*row, usable, counts)) continue;
      if (is_reference) original = &usable.back();
    }
    if (usable.size() < 2) {
      ++counts.small_groups;
      return;
    }
    const Usable& song_source = original != nullptr ? *original : usable.front();
    FragmentGroup group{group_id, song_source.stored->recording.song_id, 0, {}};
    if (options_.use_song && !options_.use_song(group.song_id)) {
      ++counts.held_out_groups;
      return;
    }
    const TimeInterval reference = original_row != nullptr ? original_row->interval : usable.front().interval;
    group.duration_s = reference.duration_s();
    for (const Usable& member : usable)
      group.fragments.push_back(make_fragment(member, reference, original, counts));
    counts.fragments += static_cast<int64_t>(group.fragments.size());
    ++counts.groups;
    dataset.groups.push_back(std::move(group));
  }

 private:
  bool add_usable(const FragmentRow& row, std::vector<Usable>& usable, GroupCounts& counts) const {
    if (row.verdict == "rejected" || (row.verdict == "uncertain" && !options_.use_uncertain)) {
      ++counts.unverified_fragments;
      return false;
    }
    const std::optional<Found> found = index_.find(row);
    if (!found) {
      if (counts.absent_fragments++ == 0) counts.first_absent = row.group_id + ", " + row.id;
      return false;
    }
    const TimeInterval interval = found->is_cut ? TimeInterval{0, row.interval.duration_s()} : row.interval;
    if (interval.start_s * sample_rate_hz_ >= static_cast<double>(found->stored->length_samples)) {
      ++counts.outside_fragments;
      return false;
    }
    usable.push_back({&row, found->stored, interval});
    return true;
  }

  Fragment make_fragment(const Usable& member, const TimeInterval& reference, const Usable* original,
                         GroupCounts& counts) const {
    const std::string& id = member.stored->recording.recording_id;
    Fragment fragment{id, member.row->audio_type, member.interval, {}};
    if (original != nullptr && original->row != member.row) {
      const auto rows = truth_.find({original->stored->recording.recording_id, id});
      if (rows != truth_.end()) fragment.time_map = truth_time_map(rows->second, reference, member.interval);
      if (fragment.time_map.empty()) ++counts.linear_maps;
    }
    if (fragment.time_map.empty()) fragment.time_map = linear_time_map(reference, member.interval);
    return fragment;
  }

  RecordingIndex index_;
  int sample_rate_hz_;
  const GroupOptions& options_;
  PairTruth truth_;
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
  note(unverified_fragments, "fragments rejected or uncertain");
  note(small_groups, "groups dropped with fewer than two usable fragments");
  note(held_out_groups, "groups of held-out songs");
  return text;
}

GroupDataset build_groups(const std::vector<FragmentRow>& rows,
                          const std::vector<StoredRecording>& recordings, int sample_rate_hz,
                          const std::vector<TruthRow>& truth, const GroupOptions& options) {
  GroupDataset dataset;
  dataset.counts.rows = static_cast<int64_t>(rows.size());
  std::vector<std::string> order;
  std::unordered_map<std::string, std::vector<const FragmentRow*>> members;
  for (const FragmentRow& row : rows) {
    auto& group = members[row.group_id];
    if (group.empty()) order.push_back(row.group_id);
    group.push_back(&row);
  }
  GroupBuilder builder(recordings, sample_rate_hz, truth, options);
  for (const std::string& group_id : order) builder.add(group_id, members.at(group_id), dataset);
  return dataset;
}

GroupDataset load_groups(const std::filesystem::path& table, const AudioStore& store,
                         const std::filesystem::path& truth, const GroupOptions& options) {
  std::vector<StoredRecording> recordings;
  recordings.reserve(store.size());
  for (size_t i = 0; i < store.size(); ++i) recordings.push_back(store.at(i));
  const std::vector<TruthRow> maps = truth.empty() ? std::vector<TruthRow>{} : read_truth_table(truth);
  GroupDataset dataset =
      build_groups(read_fragment_table(table), recordings, store.sample_rate_hz(), maps, options);
  if (dataset.groups.empty())
    throw DataError(table.string(), "", "no group can be used: " + dataset.counts.summary());
  return dataset;
}

}  // namespace melomine::datasets
