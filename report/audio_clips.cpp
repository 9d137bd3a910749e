#include "report/audio_clips.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "dsp/encode.h"
#include "report/html.h"

namespace melomine::report {
namespace {

constexpr int kBitRate_bps = 32000;
constexpr float kPeak = 0.7F, kLargestGain = 30;

const JudgedMatch* best_of(const JudgedGroup& group, const auto& wanted) {
  const JudgedMatch* best = nullptr;
  for (const JudgedMatch& match : group.matches)
    if (wanted(match) && (best == nullptr || match.row->correlation > best->row->correlation)) best = &match;
  return best;
}

/// The best relevant match, then an uncertain one or the next relevant one of another recording.
std::vector<const JudgedMatch*> matches_to_hear(const JudgedGroup& group, const JudgedMatch* first) {
  std::vector<const JudgedMatch*> matches;
  if (first == nullptr) first = best_of(group, [](const JudgedMatch& m) { return m.relevant(); });
  if (first == nullptr) first = best_of(group, [](const JudgedMatch&) { return true; });
  if (first == nullptr) return matches;
  matches.push_back(first);
  const JudgedMatch* second =
      best_of(group, [&](const JudgedMatch& m) { return !m.relevant() && &m != first; });
  if (second == nullptr)
    second = best_of(group, [&](const JudgedMatch& m) {
      return &m != first && m.row->recording_id != first->row->recording_id;
    });
  if (second != nullptr) matches.push_back(second);
  return matches;
}

/// The most convincing mistake: the wrong match of the highest correlation.
GroupToHear mistake_of(const std::vector<JudgedGroup>& groups) {
  GroupToHear found;
  const JudgedMatch* worst = nullptr;
  for (const JudgedGroup& group : groups) {
    const JudgedMatch* wrong = best_of(group, [](const JudgedMatch& m) { return m.wrong(); });
    if (wrong == nullptr || (worst != nullptr && wrong->row->correlation <= worst->row->correlation))
      continue;
    worst = wrong;
    found = {&group, matches_to_hear(group, wrong), true};
  }
  return found;
}

bool has_both_verdicts(const JudgedGroup& group) {
  const auto relevant = std::count_if(group.matches.begin(), group.matches.end(),
                                      [](const JudgedMatch& m) { return m.relevant(); });
  return relevant > 0 && static_cast<size_t>(relevant) < group.matches.size();
}

std::string judgement_text(const JudgedMatch& match) {
  if (!match.judgement) return "";
  if (match.judgement->correct)
    return fmt::format("<span class='good'>right, off by {:.0f} ms</span>", 1000 * match.judgement->error_s);
  if (!match.judgement->has_truth) return "<span class='bad'>wrong: another song</span>";
  return match.judgement->covered < mining::kLeastCovered ? "<span class='bad'>wrong: no counterpart</span>"
                                                          : "<span class='bad'>wrong place</span>";
}

std::string player(const datasets::AudioStore& store, const datasets::FragmentRow& row,
                   const std::string& what) {
  const std::string from_to = fmt::format("{:.1f} to {:.1f} s", row.interval.start_s, row.interval.end_s);
  return fmt::format("<div class='clip'><p><strong>{}</strong> {}{}</p>{}</div>",
                     escape_html(row.recording_id), from_to, what,
                     audio_element(fmt::format("{}, {}", row.recording_id, from_to),
                                   clip_of(store, row.recording_id, row.interval)));
}

}  // namespace

dsp::AudioBuffer clip_of(const datasets::AudioStore& store, const std::string& recording_id,
                         const TimeInterval& interval) {
  const int64_t index = store.find(recording_id);
  if (index < 0) throw DataError("shards", recording_id, "is not in them");
  const int rate = store.sample_rate_hz();
  return {.samples = store.read(static_cast<size_t>(index), std::llround(interval.start_s * rate),
                                std::llround(std::min(interval.duration_s(), kLongestClip_s) * rate)),
          .sample_rate_hz = rate};
}

std::string audio_element(const std::string& name, dsp::AudioBuffer clip) {
  float peak = 0;
  for (const float x : clip.samples) peak = std::max(peak, std::abs(x));
  const float gain = peak > 0 ? std::min(kPeak / peak, kLargestGain) : 1;
  for (float& x : clip.samples) x *= gain;
  return fmt::format(
      "<audio controls='controls' preload='metadata' aria-label='{}' "
      "src='data:audio/mpeg;base64,{}'></audio>",
      escape_html(name), base64(dsp::encode_mp3(clip, kBitRate_bps)));
}

std::vector<GroupToHear> groups_to_hear(const std::vector<JudgedGroup>& groups, size_t count) {
  std::vector<GroupToHear> chosen;
  if (count == 0) return chosen;
  const GroupToHear mistake = mistake_of(groups);
  const size_t others = count - (mistake.group != nullptr ? 1 : 0);
  std::set<const JudgedGroup*> taken{mistake.group};
  std::set<std::string> songs;
  // Groups with both verdicts tell most, then any with a match; a second group of a song only where songs are
  // few.
  for (const bool other_song : {true, false})
    for (const bool both : {true, false})
      for (const JudgedGroup& group : groups) {
        if (chosen.size() >= others || taken.contains(&group) || group.matches.empty()) continue;
        if ((both && !has_both_verdicts(group)) || (other_song && songs.contains(group.song_id))) continue;
        taken.insert(&group);
        songs.insert(group.song_id);
        chosen.push_back({&group, matches_to_hear(group, nullptr), false});
      }
  if (mistake.group != nullptr) chosen.push_back(mistake);
  return chosen;
}

std::string audio_html(const std::vector<GroupToHear>& groups, const datasets::AudioStore& store) {
  std::string html = "<div class='groups'>";
  for (const GroupToHear& entry : groups) {
    const auto& original = *entry.group->original;
    html += fmt::format("<article><h3>{} <small>fragment {}{}</small></h3>",
                        escape_html(entry.group->song_id), escape_html(original.fragment_id),
                        entry.mistake ? ", <span class='bad'>a mistake</span>" : "");
    html += player(store, original, ", original");
    for (const JudgedMatch* match : entry.matches)
      html += player(store, *match->row,
                     fmt::format(", {} at {:.2f} {}", to_string(match->row->verdict), match->row->correlation,
                                 judgement_text(*match)));
    html += "</article>";
  }
  return html + "</div>\n";
}

}  // namespace melomine::report
