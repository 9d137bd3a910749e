#include "synth/midi_song.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "core/folder.h"
#include "core/logging.h"
#include "dsp/audio_name.h"

namespace melomine::synth {
namespace {

constexpr double kBeatsPerSecond = 2;
constexpr double kUnitRest_s = 0.45, kSectionRest_s = 1.6;
constexpr double kShortestUnit_s = 2.5, kLongestUnit_s = 10, kLongestSection_s = 32;
constexpr double kKeptRest_s = 1.2;  // of the rest after a unit
constexpr double kLongestGap_s = 4;  // instrumental stretches are cut to this
constexpr double kChordWindow_s = 2;
constexpr size_t kFewestNotes = 12;
constexpr double kLowestMean = 50, kHighestMean = 68;

using Notes = std::vector<dsp::Note>;

/// [first, last) notes of one unit.
struct Span {
  size_t first = 0, last = 0;
};

std::vector<Span> split_units(const Notes& melody) {
  std::vector<Span> spans;
  Span open{0, 0};
  for (size_t n = 1; n <= melody.size(); ++n) {
    bool cut = n == melody.size();
    if (!cut) {
      const double length = melody[n - 1].end_s - melody[open.first].start_s;
      const double rest = melody[n].start_s - melody[n - 1].end_s;
      // The longer a unit grows, the shorter a rest ends it; at the limit any onset does.
      cut = rest > kSectionRest_s || (rest > kUnitRest_s && length > kShortestUnit_s) ||
            (rest > 0.15 && length > 0.6 * kLongestUnit_s) || length > kLongestUnit_s;
    }
    if (!cut) continue;
    open.last = n;
    spans.push_back(open);
    open.first = n;
  }
  return spans;
}

/// Triad that agrees best with what sounds in a window.
std::vector<int> best_triad(const Notes& notes, double from_s, double to_s) {
  std::array<double, 12> weight{};
  for (const dsp::Note& note : notes) {
    const double shared = std::min(note.end_s, to_s) - std::max(note.start_s, from_s);
    if (shared > 0) weight[static_cast<size_t>(std::lround(note.pitch_midi)) % 12] += shared;
  }
  std::vector<int> best = {0, 4, 7};
  double most = -1;
  for (int root = 0; root < 12; ++root) {
    for (const int third : {4, 3}) {
      const std::vector<int> triad = {root, (root + third) % 12, (root + 7) % 12};
      const double score = 1.1 * weight[static_cast<size_t>(triad[0])] +
                           weight[static_cast<size_t>(triad[1])] + weight[static_cast<size_t>(triad[2])];
      if (score > most) {
        most = score;
        best = triad;
      }
    }
  }
  return best;
}

std::vector<ScoreChord> chords_between(const Notes& sounding, double from_s, double to_s) {
  std::vector<ScoreChord> chords;
  const auto windows = std::max<int64_t>(1, std::llround((to_s - from_s) / kChordWindow_s));
  const double window_s = (to_s - from_s) / static_cast<double>(windows);
  for (int64_t w = 0; w < windows; ++w) {
    const double start = from_s + static_cast<double>(w) * window_s;
    chords.push_back({(start - from_s) * kBeatsPerSecond, window_s * kBeatsPerSecond,
                      best_triad(sounding, start, start + window_s)});
  }
  return chords;
}

/// Whether two units are one melody: lengths within 6 % and pitches within an edit in eight notes.
bool same_melody(const ScoreUnit& a, const ScoreUnit& b) {
  if (a.notes.size() < 4 || std::abs(a.beats - b.beats) > 0.06 * std::max(a.beats, b.beats)) return false;
  const size_t n = a.notes.size(), m = b.notes.size();
  const size_t allowed = std::max(n, m) / 8;
  if (n > m + allowed || m > n + allowed) return false;
  std::vector<size_t> row(m + 1);
  for (size_t j = 0; j <= m; ++j) row[j] = j;
  for (size_t i = 1; i <= n; ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= m; ++j) {
      const bool equal = std::abs(a.notes[i - 1].pitch_midi - b.notes[j - 1].pitch_midi) < 0.5;
      const size_t next = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (equal ? 0 : 1)});
      diagonal = row[j];
      row[j] = next;
    }
  }
  return row[m] <= allowed;
}

class MidiScore {
 public:
  MidiScore(const std::vector<dsp::MidiTrack>& tracks, const std::string& name, double duration_s)
      : melody_(dsp::melody_of(tracks, name)), left_beats_(duration_s * kBeatsPerSecond) {
    if (melody_.size() < kFewestNotes)
      throw DataError(name, "melody", fmt::format("has only {} notes", melody_.size()));
    for (const dsp::MidiTrack& track : tracks)
      if (!track.percussion) sounding_.insert(sounding_.end(), track.notes.begin(), track.notes.end());
    shift_to_voice();
    score_.title = name;
    score_.beats_per_minute = 60 * kBeatsPerSecond;
  }

  Score make() {
    const std::vector<Span> spans = split_units(melody_);
    Section section{'V', 0, {}};
    double section_s = 0;
    for (size_t i = 0; i < spans.size() && left_beats_ > 0; ++i) {
      const double start_s = melody_[spans[i].first].start_s, end_s = melody_[spans[i].last - 1].end_s;
      const double next_s = i + 1 < spans.size() ? melody_[spans[i + 1].first].start_s : end_s + kKeptRest_s;
      const double unit_end_s = std::min(next_s, end_s + kKeptRest_s);
      if (!append(section, unit_of(spans[i], start_s, unit_end_s))) break;
      section_s += unit_end_s - start_s;
      const double gap_s = next_s - unit_end_s;
      if (next_s - end_s > kSectionRest_s || section_s > kLongestSection_s) {
        close(section);
        section_s = 0;
      }
      if (gap_s > 0.5 && i + 1 < spans.size()) gap(unit_end_s, unit_end_s + std::min(gap_s, kLongestGap_s));
    }
    close(section);
    return std::move(score_);
  }

 private:
  void shift_to_voice() {
    double sum = 0;
    for (const dsp::Note& note : melody_) sum += note.pitch_midi;
    double mean = sum / static_cast<double>(melody_.size());
    double shift = 0;
    for (; mean + shift > kHighestMean; shift -= 12) continue;
    for (; mean + shift < kLowestMean; shift += 12) continue;
    for (dsp::Note& note : melody_) note.pitch_midi += shift;
  }

  ScoreUnit unit_of(const Span& span, double start_s, double end_s) const {
    ScoreUnit unit;
    unit.beats = (end_s - start_s) * kBeatsPerSecond;
    for (size_t n = span.first; n < span.last; ++n) {
      const dsp::Note& note = melody_[n];
      unit.notes.push_back({(note.start_s - start_s) * kBeatsPerSecond,
                            (note.end_s - start_s) * kBeatsPerSecond, note.pitch_midi,
                            std::max(0.4, note.velocity)});
    }
    unit.chords = chords_between(sounding_, start_s, end_s);
    return unit;
  }

  bool append(Section& section, ScoreUnit unit) {
    auto known = std::find_if(score_.units.begin(), score_.units.end(),
                              [&](const ScoreUnit& u) { return same_melody(u, unit); });
    const auto index = static_cast<int>(known - score_.units.begin());
    const double beats = known == score_.units.end() ? unit.beats : known->beats;
    const bool fits = beats <= left_beats_;
    if (!fits && !score_.units.empty()) return false;
    left_beats_ -= beats;
    if (known == score_.units.end()) score_.units.push_back(std::move(unit));
    section.units.push_back(index);
    return true;
  }

  void gap(double from_s, double to_s) {
    ScoreUnit unit;
    unit.beats = (to_s - from_s) * kBeatsPerSecond;
    unit.chords = chords_between(sounding_, from_s, to_s);
    if (unit.beats > left_beats_) return;
    left_beats_ -= unit.beats;
    score_.form.push_back({'I', 0, {static_cast<int>(score_.units.size())}});
    score_.units.push_back(std::move(unit));
  }

  void close(Section& section) {
    if (section.units.empty()) return;
    // Sung again, a section has other words.
    section.lyrics =
        static_cast<int>(std::count_if(score_.form.begin(), score_.form.end(), [&](const Section& s) {
          return s.label != 'I' && s.units == section.units;
        }));
    score_.form.push_back(std::move(section));
    section = {'V', 0, {}};
  }

  Notes melody_, sounding_;
  Score score_;
  double left_beats_;
};

std::vector<std::filesystem::path> midi_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : list_folder_deeply(folder)) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) continue;
    // A broken file that bears the name is left out with its reason, below.
    if (dsp::has_midi_name(file) || dsp::is_midi(file)) files.push_back(file);
  }
  return files;
}

}  // namespace

Score score_from_midi(const std::vector<dsp::MidiTrack>& tracks, const std::string& name, double duration_s) {
  return MidiScore(tracks, name, duration_s).make();
}

std::vector<Score> scores_from_midi(const std::filesystem::path& folder, int64_t count, double duration_s,
                                    RandomStream random) {
  std::vector<std::filesystem::path> files = midi_files(folder);
  random.shuffle(files);
  std::vector<Score> scores;
  for (const auto& file : files) {
    if (static_cast<int64_t>(scores.size()) == count) break;
    try {
      scores.push_back(score_from_midi(dsp::read_midi(file), file.stem().string(), duration_s));
    } catch (const DataError& e) {
      log_warning("left out: {}", e.what());
    }
  }
  if (static_cast<int64_t>(scores.size()) < count)
    throw DataError(folder.string(), "",
                    fmt::format("{} songs asked for, {} usable MIDI files of {} found", count, scores.size(),
                                files.size()));
  return scores;
}

}  // namespace melomine::synth
