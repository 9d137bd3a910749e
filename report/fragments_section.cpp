#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "core/error.h"
#include "datasets/corpus.h"
#include "datasets/time_map.h"
#include "report/audio_clips.h"
#include "report/html.h"
#include "report/sections.h"
#include "report/timeline.h"

namespace melomine::report {
namespace {

namespace fs = std::filesystem;
using SongGroups = std::map<std::string, std::vector<const JudgedGroup*>>;

constexpr size_t kMostLanes = 12;

struct Material {
  std::optional<datasets::Corpus> corpus;  ///< absent when the shards are not there
  std::unique_ptr<datasets::Truth> truth;  ///< null when the truth is not there
  std::string note;                        ///< what is missing, as a sentence; text

  /// Of a song, as indices into the store; none where the shards are not there.
  const std::vector<size_t>& covers_of(const std::string& song_id) const {
    static const std::vector<size_t> kNone;
    if (!corpus) return kNone;
    const auto song = corpus->songs().find(song_id);
    return song == corpus->songs().end() ? kNone : song->second.covers;
  }
};

Material open_material(const RunRecord& run, const ReportInputs& inputs) {
  Material material;
  const fs::path truth = inputs.truth.empty() ? run.truth : inputs.truth;
  const fs::path shards = inputs.shards.empty() ? run.shards : inputs.shards;
  if (!truth.empty() && fs::exists(truth)) {
    material.truth = std::make_unique<datasets::Truth>(datasets::read_truth_table(truth));
  } else if (!truth.empty()) {
    material.note +=
        fmt::format("The truth ({}) is not there any more: pairs are not judged. ", truth.string());
  }
  if (shards.empty()) return material;
  try {
    material.corpus.emplace(datasets::AudioStore(shards));
  } catch (const Error& e) {
    material.note += fmt::format("Without audio, since the shards cannot be read: {}. ", e.what());
  }
  return material;
}

SongGroups by_song(const std::vector<JudgedGroup>& groups) {
  SongGroups songs;
  for (const JudgedGroup& group : groups) songs[group.song_id].push_back(&group);
  for (auto& [id, of_song] : songs)
    std::stable_sort(of_song.begin(), of_song.end(), [](const JudgedGroup* a, const JudgedGroup* b) {
      return a->original->interval.start_s < b->original->interval.start_s;
    });
  return songs;
}

/// What makes a song worth a timeline.
struct Interest {
  size_t matches = 0, wrong = 0;
  size_t in_wrong_covers = 0;  ///< matches in recordings without a counterpart
  size_t wrong_covers = 0;     ///< such recordings
};

Interest interest_of(const std::vector<const JudgedGroup*>& groups, const Material& material) {
  Interest interest;
  for (const JudgedGroup* group : groups)
    for (const JudgedMatch& match : group->matches) {
      ++interest.matches;
      interest.wrong += match.wrong() ? 1 : 0;
      interest.in_wrong_covers += match.judgement && !match.judgement->has_truth ? 1 : 0;
    }
  if (material.truth == nullptr) return interest;
  const std::string& original = groups.front()->original->recording_id;
  for (const size_t cover : material.covers_of(groups.front()->song_id))
    interest.wrong_covers +=
        material.truth->of(original, material.corpus->store().at(cover).recording.recording_id).empty() ? 1
                                                                                                        : 0;
  return interest;
}

/// The song with most matches, the one with most mistakes, the one most taken in by wrong covers or, where
/// none is, one that has such; then others by their number of matches.
std::vector<std::string> songs_to_draw(const SongGroups& songs, const Material& material, size_t count) {
  std::map<std::string, Interest> interests;
  for (const auto& [id, groups] : songs) interests[id] = interest_of(groups, material);
  std::vector<std::string> chosen;
  const auto take_most = [&](size_t Interest::*what) {
    const std::string* best = nullptr;
    for (const auto& [id, interest] : interests)
      if (interest.*what > 0 && std::find(chosen.begin(), chosen.end(), id) == chosen.end() &&
          (best == nullptr || interest.*what > interests.at(*best).*what))
        best = &id;
    if (best != nullptr && chosen.size() < count) chosen.push_back(*best);
    return best != nullptr;
  };
  take_most(&Interest::matches);
  take_most(&Interest::wrong);
  if (!take_most(&Interest::in_wrong_covers)) take_most(&Interest::wrong_covers);
  while (chosen.size() < count && take_most(&Interest::matches)) {
  }
  return chosen;
}

TimelineSong timeline_song(const std::string& id, const std::vector<const JudgedGroup*>& groups,
                           const Material& material) {
  TimelineSong song{id, {groups.front()->original->recording_id, 0}, {}, groups, material.truth.get()};
  std::map<std::string, double> lengths_s;  // of covers; as far as is known
  const auto reaches = [&](const datasets::FragmentRow& row) {
    double& length = row.audio_type == datasets::RecordingKind::kOriginal ? song.original.duration_s
                                                                          : lengths_s[row.recording_id];
    length = std::max(length, row.interval.end_s);
  };
  for (const JudgedGroup* group : groups) {
    reaches(*group->original);
    for (const JudgedMatch& match : group->matches) reaches(*match.row);
  }
  const auto length_of = [&](size_t index) {
    return static_cast<double>(material.corpus->store().at(index).length_samples) /
           material.corpus->store().sample_rate_hz();
  };
  const int64_t original = !material.corpus ? -1 : material.corpus->store().find(song.original.recording_id);
  if (original >= 0) song.original.duration_s = length_of(static_cast<size_t>(original));
  for (const size_t cover : material.covers_of(id))
    lengths_s[material.corpus->store().at(cover).recording.recording_id] = length_of(cover);
  for (const auto& [recording, length_s] : lengths_s)
    if (song.covers.size() < kMostLanes) song.covers.push_back({recording, length_s});
  return song;
}

std::string timelines(const SongGroups& songs, const Material& material, size_t count) {
  std::string html;
  for (const std::string& id : songs_to_draw(songs, material, count)) {
    const TimelineSong song = timeline_song(id, songs.at(id), material);
    const Interest interest = interest_of(song.groups, material);
    const std::string judged =
        material.truth == nullptr ? "" : fmt::format(", {} of them right", interest.matches - interest.wrong);
    html += fmt::format(
        "<h3>{} <small>{} fragments, {} matches in {} covers{}</small></h3><div class='scroll' "
        "tabindex='0'>{}</div>\n",
        escape_html(id), song.groups.size(), interest.matches, song.covers.size(), judged,
        timeline_svg(song));
  }
  return html.empty() ? "" : timeline_legend(material.truth != nullptr) + html;
}

std::string listening(const std::vector<JudgedGroup>& groups, const Material& material, size_t count) {
  const auto chosen = groups_to_hear(groups, count);
  if (chosen.empty() || !material.corpus) return "";
  std::string html = "<section id='listening'><h2>Listening</h2><p class='note'>";
  try {
    const std::string clips = audio_html(chosen, material.corpus->store());
    return html +
           "Original and covers of the same fragment, as they lie in the shards, at one level and cut after "
           "20 s; "
           "32 kbit/s.</p>" +
           clips + "</section>\n";
  } catch (const Error& e) {
    return html + fmt::format("Without audio: {}.</p></section>\n", escape_html(e.what()));
  }
}

}  // namespace

std::string fragments_section(const RunRecord& run, const ReportInputs& inputs) {
  const ReportedRound* round = run.last_mined();
  if (round == nullptr) return "";
  const Material material = open_material(run, inputs);
  const auto groups = judged_groups(round->mined, material.truth.get());
  const std::string drawn = timelines(by_song(groups), material, static_cast<size_t>(inputs.timeline_songs));
  std::string html;
  if (!drawn.empty() || !material.note.empty())
    html = fmt::format(
        "<section id='timelines'><h2>Timelines</h2><p class='note'>Songs as {} mined them: the original's "
        "fragments on top, below them where they were found in each cover. A fragment and its matches "
        "share number and hue; time in s. {}</p>{}</section>\n",
        model_name(run.miner_of(round->number)), escape_html(material.note), drawn);
  return html + listening(groups, material, static_cast<size_t>(inputs.audio_groups));
}

}  // namespace melomine::report
