#include "mining/mined_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "mining/cover_match.h"

namespace melomine::mining {
namespace {

constexpr double kHour_s = 3600;

datasets::FragmentRow row_of(const MinedProvenance& provenance, const SongRecording& recording,
                             const std::string& group_id, size_t number) {
  datasets::FragmentRow row;
  row.group_id = group_id;
  row.fragment_id = std::to_string(number);
  row.id = row.recording_id = recording.recording_id;
  row.youtube_id = recording.youtube_id;
  row.round = provenance.round;
  row.model_sha256 = provenance.model_sha256;
  row.config_sha256 = provenance.config_sha256;
  row.source_sha256 = recording.source_sha256;
  return row;
}

const SongRecording& cover_of(const Song& song, const std::string& recording_id) {
  for (const SongRecording& cover : song.covers)
    if (cover.recording_id == recording_id) return cover;
  throw DataError("song " + song.song_id, recording_id, "is no cover of it");
}

}  // namespace

void append(MinedSet& set, const Song& song, const MinedSong& mined, const MatchConfig& match) {
  set.songs.push_back({.song_id = mined.song_id,
                       .original_id = mined.original_id,
                       .original_s = mined.original_s,
                       .sounding_s = mined.sounding_s,
                       .level_db = mined.level_db,
                       .pause_s = mined.pause_s,
                       .covers = mined.covers,
                       .fragments = static_cast<int64_t>(mined.fragments.size())});
  for (size_t f = 0; f < mined.fragments.size(); ++f) {
    const MinedFragment& fragment = mined.fragments[f];
    const size_t number = f + 1;
    const std::string group_id = fmt::format("{}_r{:02}_{:02}", mined.song_id, set.provenance.round, number);
    datasets::FragmentRow original = row_of(set.provenance, song.original, group_id, number);
    original.audio_type = datasets::RecordingKind::kOriginal;
    original.interval = fragment.interval;
    original.duration_s = fragment.interval.duration_s();
    original.correlation = 1;
    original.verdict = datasets::Verdict::kRelevant;
    const double duration_s = original.duration_s;
    set.rows.push_back(std::move(original));
    for (const MinedMatch& m : fragment.matches) {
      datasets::FragmentRow row = row_of(set.provenance, cover_of(song, m.recording_id), group_id, number);
      row.audio_type = datasets::RecordingKind::kCover;
      row.interval = m.interval;
      row.duration_s = duration_s / m.tempo_ratio;
      row.correlation = m.correlation;
      row.margin = m.margin;
      row.verdict = verdict_of(m.correlation, m.margin, match);
      set.rows.push_back(std::move(row));
    }
    for (const MinedMatch& m : fragment.best)
      set.candidates.push_back({group_id, m.recording_id, m.interval, m.correlation, m.tempo_ratio});
  }
  set.set_aside.insert(set.set_aside.end(), mined.set_aside.begin(), mined.set_aside.end());
}

std::vector<MinedGroup> groups_of(const MinedSet& set) {
  std::map<std::string, size_t, std::less<>> song_of;
  for (size_t s = 0; s < set.songs.size(); ++s) song_of.emplace(set.songs[s].original_id, s);
  std::vector<MinedGroup> groups;
  for (size_t begin = 0, end = 0; begin < set.rows.size(); begin = end) {
    const datasets::FragmentRow& original = set.rows[begin];
    if (original.audio_type != datasets::RecordingKind::kOriginal)
      throw DataError("mined set", "group " + original.group_id, "does not begin with its original's row");
    const auto song = song_of.find(original.recording_id);
    if (song == song_of.end())
      throw DataError("mined set", "group " + original.group_id,
                      "is of " + original.recording_id + ", which is the original of no song in it");
    end = begin + 1;
    while (end < set.rows.size() && set.rows[end].group_id == original.group_id) ++end;
    groups.push_back({song->second, &original, {set.rows.data() + begin + 1, end - begin - 1}});
  }
  return groups;
}

std::map<std::string, size_t, std::less<>> index_of(const std::vector<MinedGroup>& groups) {
  std::map<std::string, size_t, std::less<>> index;
  for (size_t g = 0; g < groups.size(); ++g) index.emplace(groups[g].original->group_id, g);
  return index;
}

MinedSet merge(std::vector<MinedSet> parts) {
  MinedSet whole;
  if (parts.empty()) return whole;
  whole.provenance = parts.front().provenance;
  struct PartOfSong {
    size_t part = 0, song = 0;
    std::vector<size_t> rows, candidates;  // indices into the part's
  };
  std::map<std::string, PartOfSong> songs;
  for (size_t p = 0; p < parts.size(); ++p) {
    const MinedSet& part = parts[p];
    if (part.provenance != whole.provenance)
      throw DataError("mined set", "",
                      "its parts are of different rounds, models or settings; mine all of them again");
    for (size_t s = 0; s < part.songs.size(); ++s)
      if (!songs.try_emplace(part.songs[s].song_id, PartOfSong{p, s, {}, {}}).second)
        throw DataError("mined set", "song " + part.songs[s].song_id, "lies in two of its parts");
    const auto groups = groups_of(part);
    for (const MinedGroup& group : groups) {
      auto& rows = songs.at(part.songs[group.song].song_id).rows;
      const auto first = static_cast<size_t>(group.original - part.rows.data());
      for (size_t r = first; r <= first + group.matches.size(); ++r) rows.push_back(r);
    }
    const auto index = index_of(groups);
    for (size_t c = 0; c < part.candidates.size(); ++c) {
      const auto found = index.find(part.candidates[c].group_id);
      if (found == index.end())
        throw DataError("mined set", "candidate of " + part.candidates[c].group_id, "there is no such group");
      songs.at(part.songs[groups[found->second].song].song_id).candidates.push_back(c);
    }
    whole.set_aside.insert(whole.set_aside.end(), part.set_aside.begin(), part.set_aside.end());
  }
  for (const auto& entry : songs) {
    const PartOfSong& of = entry.second;
    MinedSet& part = parts[of.part];
    whole.songs.push_back(std::move(part.songs[of.song]));
    for (const size_t r : of.rows) whole.rows.push_back(std::move(part.rows[r]));
    for (const size_t c : of.candidates) whole.candidates.push_back(std::move(part.candidates[c]));
  }
  std::sort(whole.set_aside.begin(), whole.set_aside.end(), [](const SetAside& a, const SetAside& b) {
    return std::tie(a.recording_id, a.reason) < std::tie(b.recording_id, b.reason);
  });
  return whole;
}

MiningYield yield_of(const MinedSet& set) {
  MiningYield yield;
  yield.songs = static_cast<int64_t>(set.songs.size());
  for (const SongSummary& song : set.songs) {
    yield.covers += song.covers;
    yield.songs_without_fragments += song.fragments == 0 ? 1 : 0;
  }
  for (const MinedGroup& group : groups_of(set)) {
    ++yield.fragments;
    int64_t relevant = 0;
    for (const datasets::FragmentRow& match : group.matches) {
      const bool is_relevant = datasets::is_match(match.verdict);
      relevant += is_relevant ? 1 : 0;
      yield.uncertain += is_relevant ? 0 : 1;
      (is_relevant ? yield.relevant_hours : yield.uncertain_hours) += match.interval.duration_s() / kHour_s;
    }
    yield.relevant += relevant;
    if (relevant == 0) continue;
    ++yield.groups;
    yield.original_hours += group.original->interval.duration_s() / kHour_s;
  }
  if (yield.groups > 0)
    yield.mean_group_size =
        static_cast<double>(yield.groups + yield.relevant) / static_cast<double>(yield.groups);
  for (const Candidate& candidate : set.candidates) {
    if (std::isnan(candidate.correlation)) continue;
    // Rounding may take an inner product of unit vectors a little beyond [-1, 1].
    const double position = 0.5 * (candidate.correlation + 1) * static_cast<double>(kHistogramBins);
    const double bin = std::clamp(std::floor(position), 0.0, static_cast<double>(kHistogramBins - 1));
    ++yield.histogram[static_cast<size_t>(bin)];
  }
  return yield;
}

}  // namespace melomine::mining
