#include "synth/corpus_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "configs/check.h"
#include "core/error.h"
#include "synth/composer.h"
#include "synth/midi_song.h"

namespace melomine::synth {
namespace {

constexpr double kPitchFloor_midi = 48, kPitchCeiling_midi = 74;  // for the mean of a sung melody
constexpr double kLowestHum_midi = 39, kHighestHum_midi = 80;
constexpr double kRubatoBeats = 2;

double mean_pitch(const Score& score) {
  double sum = 0, weight = 0;
  for (const Section& section : score.form)
    for (const int u : section.units)
      for (const ScoreNote& note : score.units[static_cast<size_t>(u)].notes) {
        sum += note.pitch_midi * (note.end_beat - note.start_beat);
        weight += note.end_beat - note.start_beat;
      }
  return weight > 0 ? sum / weight : 60;
}

double draw_rate(const CorpusConfig& config, RandomStream& random) {
  // Each share excludes the ones before it, so that the shares are what the options say.
  switch (random.weighted(config.tempo_shares)) {
    case 0:
      return random.uniform(0.96, 1.04);
    case 1:
      return random.chance(0.5) ? random.uniform(0.88, 0.96) : random.uniform(1.04, 1.12);
    default:
      return random.chance(0.5) ? random.uniform(0.80, 0.88) : random.uniform(1.12, 1.25);
  }
}

double draw_cover_key(const CorpusConfig& config, double mean, RandomStream& random) {
  const auto most = static_cast<int64_t>(config.cover_keys_semitones);
  double shift = 0;
  for (int attempt = 0; attempt < 20; ++attempt) {
    shift = static_cast<double>(random.integer(2 * most + 1) - most);
    if (mean + shift >= kPitchFloor_midi && mean + shift <= kPitchCeiling_midi) break;
  }
  // Few bands are tuned to the cent, and old transfers run fast or slow.
  return shift + random.normal(0, 0.08);
}

/// Drops, repeats and swaps sections; at least two sung ones stay where there were two.
std::vector<Section> edit_form(std::vector<Section> form, const CorpusConfig& config, RandomStream& random) {
  const auto sung = [&] {
    return std::count_if(form.begin(), form.end(), [](const Section& s) { return s.label != 'I'; });
  };
  if (form.size() > 1 && random.chance(0.4))
    std::erase_if(form, [&](const Section& s) { return s.label == 'I' && random.chance(0.5); });
  if (!random.chance(config.edit_probability)) return form;
  const auto any = [&] { return static_cast<size_t>(random.integer(static_cast<int64_t>(form.size()))); };
  for (int64_t edits = 1 + random.integer(2); edits > 0; --edits) {
    switch (random.weighted({0.5, 0.25, 0.25})) {
      case 0: {
        const size_t at = any();
        if (form[at].label == 'I' || sung() > 2) form.erase(form.begin() + static_cast<long>(at));
        break;
      }
      case 1: {
        const size_t at = any();
        form.insert(form.begin() + static_cast<long>(at), form[at]);
        break;
      }
      default:
        std::swap(form[any()], form[any()]);
    }
  }
  return form;
}

class Planner {
 public:
  explicit Planner(const CorpusConfig& config) { plan_.config = config; }

  CorpusPlan make() {
    write_scores();
    draw_contents();
    for (int song = 0; song < count(plan_.config.songs); ++song) {
      add_original(song);
      for (int k = 0; k < count(plan_.config.covers); ++k) add_cover(song, k);
      if (plan_.config.scores) add_score(song);
      add_hums(song);
    }
    return std::move(plan_);
  }

 private:
  static int count(int64_t n) { return static_cast<int>(n); }
  RandomStream stream(const char* stage, int song, int item = 0) const {
    return RandomStream({static_cast<uint64_t>(plan_.config.seed), stream_id(stage),
                         static_cast<uint64_t>(song), static_cast<uint64_t>(item)});
  }

  void write_scores() {
    const CorpusConfig& c = plan_.config;
    if (!c.midi_folder.empty()) {
      plan_.scores = scores_from_midi(c.midi_folder, c.songs, c.duration_s, stream("midi", 0));
    } else {
      for (int s = 0; s < count(c.songs); ++s)
        plan_.scores.push_back(compose(stream("score", s), c.duration_s));
    }
    // A corpus of one song borrows its wrong covers from a song that is not in it.
    if (c.songs == 1) plan_.scores.push_back(compose(stream("score", 1), c.duration_s));
  }

  /// Which covers are wrong or silent: exact shares over the corpus, places at random.
  void draw_contents() {
    const CorpusConfig& c = plan_.config;
    const auto total = static_cast<size_t>(c.songs * c.covers);
    std::vector<int> kinds(total, 0);
    const auto wrong = static_cast<size_t>(std::llround(c.wrong_cover_share * static_cast<double>(total)));
    const auto silent = std::min(
        total - wrong, static_cast<size_t>(std::llround(c.silent_share * static_cast<double>(total))));
    std::fill_n(kinds.begin(), wrong, 1);
    std::fill_n(kinds.begin() + static_cast<long>(wrong), silent, 2);
    RandomStream random = stream("contents", 0);
    random.shuffle(kinds);
    cover_kinds_ = std::move(kinds);
  }

  PlannedRecording named(int song, datasets::RecordingKind kind, const std::string& suffix) const {
    PlannedRecording planned;
    const std::string song_id = fmt::format("s{:05}", song + 1);
    planned.song = planned.score = song;
    planned.recording.song_id = song_id;
    planned.recording.recording_id = song_id + "_" + suffix;
    planned.recording.kind = kind;
    planned.recording.title = plan_.scores[static_cast<size_t>(song)].title;
    const bool hum = kind == datasets::RecordingKind::kHumming;
    const std::string file = planned.recording.recording_id + ".flac";
    planned.recording.path = (hum ? "hums/" : datasets::is_sung(kind) ? "audio/" : kScoresFolder) + file;
    if (datasets::is_sung(kind)) planned.vocals_path = "vocals/" + file;
    planned.recording.artist =
        fmt::format("{} {}", hum ? "Hummer" : "Artist", planned.recording.recording_id);
    return planned;
  }

  void add_original(int song) {
    PlannedRecording planned = named(song, datasets::RecordingKind::kOriginal, "original");
    RandomStream random = stream("original", song);
    TempoPlan tempo;
    // Half of the originals follow a click.
    tempo.drift = random.chance(0.5) ? 0 : 0.5 * plan_.config.tempo_drift;
    tempo.lead_in_s = random.uniform(0.1, 1.0);
    tempo.tail_s = random.uniform(0.6, 2.0);
    const Score& score = plan_.scores[static_cast<size_t>(song)];
    planned.performance = perform(score, score.form, tempo, 0, random);
    plan_.originals.push_back(plan_.recordings.size());
    plan_.recordings.push_back(std::move(planned));
  }

  /// The form of the original, at the tempo and in the key that are written.
  void add_score(int song) {
    PlannedRecording planned = named(song, datasets::RecordingKind::kScore, "score");
    RandomStream random = stream("score recording", song);
    const Score& score = plan_.scores[static_cast<size_t>(song)];
    planned.performance = perform(score, score.form, {}, 0, random);
    plan_.recordings.push_back(std::move(planned));
  }

  void add_cover(int song, int k) {
    const CorpusConfig& c = plan_.config;
    PlannedRecording planned = named(song, datasets::RecordingKind::kCover, fmt::format("cover{:02}", k + 1));
    RandomStream random = stream("cover", song, k);
    const int kind = cover_kinds_[static_cast<size_t>(song * c.covers + k)];
    if (kind == 1) {
      const auto others = static_cast<int64_t>(plan_.scores.size()) - 1;
      planned.score =
          static_cast<int>((song + 1 + random.integer(others)) % static_cast<int64_t>(plan_.scores.size()));
    }
    if (kind == 2) {
      planned.content = random.chance(0.5) ? PlannedContent::kSilence : PlannedContent::kVeryShort;
      planned.performance.duration_s = planned.content == PlannedContent::kSilence
                                           ? random.uniform(5, c.duration_s + 1)
                                           : random.uniform(0.05, 0.5);
      plan_.recordings.push_back(std::move(planned));
      return;
    }
    const Score& score = plan_.scores[static_cast<size_t>(planned.score)];
    TempoPlan tempo;
    tempo.rate = draw_rate(c, random);
    tempo.drift = c.tempo_drift;
    tempo.lead_in_s = random.uniform(0.0, 4.0);
    tempo.tail_s = random.uniform(0.3, 4.0);
    const double key = draw_cover_key(c, mean_pitch(score), random);
    const std::vector<Section> form = edit_form(score.form, c, random);
    planned.performance = perform(score, form, tempo, key, random);
    plan_.recordings.push_back(std::move(planned));
  }

  struct Excerpt {
    double from_beat = 0, to_beat = 0;
    double mean_pitch = 60, lowest = 60, highest = 60;
  };

  /// An excerpt that begins and ends as people do: with a note after a rest or at a unit's start, at a note's
  /// end.
  Excerpt draw_excerpt(int song, RandomStream& random) const {
    const Score& score = plan_.scores[static_cast<size_t>(song)];
    const Performance& original = plan_.recordings[plan_.originals[static_cast<size_t>(song)]].performance;
    struct Sung {
      double start, end, pitch;
      bool begins;
    };
    std::vector<Sung> sung;
    for (const PlacedUnit& p : original.placed) {
      const ScoreUnit& unit = score.units[static_cast<size_t>(p.unit)];
      for (size_t n = 0; n < unit.notes.size(); ++n) {
        const double start = p.start_beat + unit.notes[n].start_beat;
        sung.push_back({start, p.start_beat + unit.notes[n].end_beat, unit.notes[n].pitch_midi,
                        n == 0 || start - sung.back().end > 0.9});
      }
    }
    const auto seconds = [&](size_t a, size_t b) {
      return original.clock.seconds(sung[b].end) - original.clock.seconds(sung[a].start);
    };
    const double slack = std::sqrt(plan_.config.hum_min_rate * plan_.config.hum_max_rate);
    const double wanted_s =
        random.uniform(plan_.config.hum_min_duration_s, plan_.config.hum_max_duration_s) * slack;
    size_t best_first = 0, best_last = sung.size() - 1;
    double best = 1e9;
    for (int attempt = 0; attempt < 40; ++attempt) {
      const auto first = static_cast<size_t>(random.integer(static_cast<int64_t>(sung.size())));
      if (!sung[first].begins) continue;
      size_t last = first;
      // People stop humming where the singer does for long.
      while (last + 1 < sung.size() && seconds(first, last) < wanted_s &&
             original.clock.seconds(sung[last + 1].start) - original.clock.seconds(sung[last].end) < 2.5)
        ++last;
      const double miss = std::abs(seconds(first, last) - wanted_s);
      if (miss < best) {
        best = miss;
        best_first = first;
        best_last = last;
      }
      if (best < 1.0) break;
    }
    while (best_last > best_first && seconds(best_first, best_last) > plan_.config.hum_max_duration_s * slack)
      --best_last;
    Excerpt excerpt{sung[best_first].start, sung[best_last].end, 0, sung[best_first].pitch,
                    sung[best_first].pitch};
    for (size_t n = best_first; n <= best_last; ++n) {
      excerpt.mean_pitch += sung[n].pitch;
      excerpt.lowest = std::min(excerpt.lowest, sung[n].pitch);
      excerpt.highest = std::max(excerpt.highest, sung[n].pitch);
    }
    excerpt.mean_pitch /= static_cast<double>(best_last - best_first + 1);
    return excerpt;
  }

  void add_hums(int song) {
    const CorpusConfig& c = plan_.config;
    RandomStream random = stream("hums", song);
    const PlannedRecording original = plan_.recordings[plan_.originals[static_cast<size_t>(song)]];
    const Score& score = plan_.scores[static_cast<size_t>(song)];
    const size_t last = plan_.recordings.size() - 1;  // before the hums: the score, where there are scores
    for (int done = 0; done < count(c.hums);) {
      const int members = std::min(count(c.hums) - done, 1 + static_cast<int>(random.integer(3)));
      const Excerpt excerpt = draw_excerpt(song, random);
      PlannedGroup group{song,
                         {original.performance.clock.seconds(excerpt.from_beat),
                          original.performance.clock.seconds(excerpt.to_beat)},
                         {}};
      if (c.scores) {
        const TimeMap& written = plan_.recordings[last].performance.clock;
        group.score = {last, {written.seconds(excerpt.from_beat), written.seconds(excerpt.to_beat)}};
      }
      for (int m = 0; m < members; ++m, ++done) {
        PlannedRecording planned =
            named(song, datasets::RecordingKind::kHumming, fmt::format("hum{:02}", done + 1));
        RandomStream own = stream("hum", song, done);
        const double length_s = group.original.duration_s();
        TempoPlan tempo;
        // The tempo range gives way where it would make the hum longer or shorter than asked.
        const double slowest = std::max(c.hum_min_rate, length_s / c.hum_max_duration_s);
        const double fastest = std::min(c.hum_max_rate, length_s / c.hum_min_duration_s);
        tempo.rate = fastest > slowest ? own.uniform(slowest, fastest)
                                       : std::clamp(slowest, c.hum_min_rate, c.hum_max_rate);
        tempo.drift = c.hum_rubato;
        tempo.knot_beats = kRubatoBeats;
        tempo.lead_in_s = own.uniform(0.1, 1.0);
        tempo.tail_s = own.uniform(0.1, 0.8);
        const double comfortable = own.chance(0.5) ? own.normal(50, 2.5) : own.normal(59, 3);
        // A third keep close to the original's key, up to the octave; nobody leaves the human range.
        double shift = comfortable - excerpt.mean_pitch;
        if (own.chance(0.35)) shift = 12 * std::round(shift / 12) + own.normal(0, 0.3);
        while (excerpt.lowest + shift < kLowestHum_midi) shift += 12;
        while (excerpt.highest + shift > kHighestHum_midi) shift -= 12;
        planned.performance = perform_excerpt(score, original.performance, excerpt.from_beat, excerpt.to_beat,
                                              tempo, shift, own);
        group.hums.push_back(plan_.recordings.size());
        plan_.recordings.push_back(std::move(planned));
      }
      plan_.groups.push_back(std::move(group));
    }
  }

  CorpusPlan plan_;
  std::vector<int> cover_kinds_;  ///< 0 right, 1 wrong, 2 silent or short
};

}  // namespace

CorpusPlan plan_corpus(const CorpusConfig& config) {
  configs::check(config, "[synth]");
  return Planner(config).make();
}

TimeInterval sounding_interval(const Performance& performance) {
  if (performance.placed.empty()) return {0, 0};
  const PlacedUnit& last = performance.placed.back();
  return {performance.clock.seconds(0), performance.clock.seconds(last.start_beat + last.beats)};
}

std::vector<TruthPiece> truth_of(const CorpusPlan& plan, const PlannedRecording& recording) {
  if (recording.wrong() || recording.content != PlannedContent::kMusic ||
      recording.recording.kind == datasets::RecordingKind::kOriginal)
    return {};
  const PlannedRecording& original = plan.recordings[plan.originals[static_cast<size_t>(recording.song)]];
  return truth_pieces(plan.scores[static_cast<size_t>(recording.song)], original.performance,
                      recording.performance);
}

}  // namespace melomine::synth
