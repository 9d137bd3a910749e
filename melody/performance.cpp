#include "melody/performance.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "configs/check.h"
#include "core/error.h"
#include "melody/frame_range.h"

namespace melomine::melody {
namespace {

constexpr double kMostSkilled = 0.3, kLeastSkilled = 3.5;
constexpr double kScoop_s = 0.15;        // from the onset to the note's own pitch
constexpr double kVibratoDelay_s = 0.2;  // into a note, and as long again to grow
constexpr double kSlowestVibrato_hz = 4.5, kFastestVibrato_hz = 6.5;
constexpr double kJoined_s = 0.03;                          // a rest that glides pass over
constexpr double kShortestSplit_s = 0.16;                   // of notes that others are added to
constexpr double kFewestSemitones = 1, kMostSemitones = 4;  // that a wrong note is off by
constexpr double kOctave = 12;

/// What holds for a whole performance.
struct Style {
  double error = 1;  ///< how badly one sings: what errors grow with
  double tempo = 1, rubato = 0;
  double transposition = 0, range = 1;
  double gap_s = 0, glide_s = 0;
  double scoops = 0;
  double vibrato_semitones = 0, vibrato_hz = 5, vibrato_phase = 0;
};

/// A note as it is sung.
struct SungNote {
  double start_s = 0, end_s = 0;
  double pitch_midi = 60;
  double glide_s = 0;          ///< duration of the way here from the note before, centred on the onset
  double from_semitones = 0;   ///< the pitch before, relative to this one
  double next_glide_s = 0;     ///< the same at the end
  double to_semitones = 0;     ///< the pitch behind, relative to this one
  double scoop_semitones = 0;  ///< begins so far below

  double length_s() const { return end_s - start_s; }
};

Style draw_style(const PerformanceConfig& c, RandomStream& random) {
  Style style;
  style.error = std::clamp(std::exp(random.normal(0, c.skill_spread)), kMostSkilled, kLeastSkilled);
  style.tempo = std::exp(random.uniform(std::log(c.min_tempo), std::log(c.max_tempo)));
  style.rubato = random.uniform(c.min_rubato, c.max_rubato);
  style.transposition = random.uniform(-c.transposition_semitones, c.transposition_semitones);
  style.range = random.uniform(c.min_range, c.max_range);
  style.gap_s = random.chance(c.detached) ? random.uniform(0, c.max_gap_s) : 0;
  style.glide_s = random.uniform(0, c.max_glide_s);
  style.scoops = random.uniform(0, c.scoops);
  style.vibrato_semitones = random.chance(c.vibrato) ? random.uniform(0, c.vibrato_semitones) : 0;
  style.vibrato_hz = random.uniform(kSlowestVibrato_hz, kFastestVibrato_hz);
  style.vibrato_phase = random.uniform(0, 2 * std::numbers::pi);
  return style;
}

double random_sign(RandomStream& random) {
  return random.chance(0.5) ? 1 : -1;
}

/// 0 at 0, 1 at 1, level at both.
double smooth_step(double x) {
  x = std::clamp(x, 0.0, 1.0);
  return x * x * (3 - 2 * x);
}

/// Turns a score into sung notes, step by step. Where a setting is 0 each step leaves times and pitches as
/// they are, to the last bit.
class Rendition {
 public:
  Rendition(const PerformanceConfig& config, std::span<const dsp::Note> score, RandomStream& random)
      : config_(config), score_(score), random_(random), style_(draw_style(config, random)) {}

  /// When each note is sung; the score's clock.
  std::vector<Performance::Knot> set_times() {
    std::vector<Performance::Knot> clock;
    const double pace = 1 / style_.tempo;
    double late_s = 0;
    for (size_t n = 0; n < score_.size(); ++n) {
      const dsp::Note& note = score_[n];
      const double longer = std::exp(random_.normal(0, style_.rubato)) - 1;
      sung_.push_back({.start_s = note.start_s * pace + late_s,
                       .end_s = note.end_s * pace + late_s + (note.end_s - note.start_s) * pace * longer,
                       .pitch_midi = note.pitch_midi});
      if (clock.empty() || note.start_s > clock.back().score_s)
        clock.push_back({note.start_s, sung_.back().start_s});
      if (n + 1 < score_.size()) late_s += (score_[n + 1].start_s - note.start_s) * pace * longer;
      end_s_ = std::max(end_s_, sung_.back().end_s);
    }
    if (!score_.empty() && score_.back().end_s > clock.back().score_s)
      clock.push_back({score_.back().end_s, sung_.back().end_s});
    return clock;
  }

  void set_pitches() {
    double mean = 0;
    for (const SungNote& note : sung_) mean += note.pitch_midi / static_cast<double>(sung_.size());
    double slip = 0;
    for (SungNote& note : sung_) {
      if (random_.chance(config_.key_slips * style_.error))
        slip += random_.normal(0, config_.key_slip_semitones);
      note.pitch_midi += (note.pitch_midi - mean) * (style_.range - 1) + style_.transposition + slip +
                         random_.normal(0, config_.note_error_semitones * style_.error);
      if (random_.chance(config_.wrong_notes * style_.error))
        note.pitch_midi +=
            random_sign(random_) * std::floor(random_.uniform(kFewestSemitones, kMostSemitones + 1));
    }
  }

  /// Which notes are sung at all, and which that are not in the score.
  void misremember() {
    std::vector<SungNote> kept;
    for (const SungNote& note : sung_) {
      if (random_.chance(config_.left_out * style_.error)) {
        if (!kept.empty() && random_.chance(0.5)) kept.back().end_s = std::max(kept.back().end_s, note.end_s);
        continue;
      }
      kept.push_back(note);
      if (!random_.chance(config_.added * style_.error) || note.length_s() < kShortestSplit_s) continue;
      SungNote second = note;
      second.start_s = kept.back().end_s = note.start_s + note.length_s() * random_.uniform(0.4, 0.7);
      second.pitch_midi += random_sign(random_) * (1 + static_cast<double>(random_.integer(2)));
      kept.push_back(second);
    }
    sung_ = std::move(kept);
  }

  void articulate() {
    for (size_t n = 0; n < sung_.size(); ++n) {
      SungNote& note = sung_[n];
      if (style_.gap_s > 0)
        note.end_s -= std::min(0.5 * note.length_s(), style_.gap_s * random_.uniform(0.5, 1.5));
      if (random_.chance(style_.scoops)) note.scoop_semitones = random_.uniform(0, config_.scoop_semitones);
      if (n == 0 || note.start_s - sung_[n - 1].end_s > kJoined_s) continue;
      SungNote& before = sung_[n - 1];
      note.glide_s = before.next_glide_s = std::min({style_.glide_s, before.length_s(), note.length_s()});
      before.to_semitones = note.pitch_midi - before.pitch_midi;
      note.from_semitones = -before.to_semitones;
    }
  }

  dsp::Contour draw(double hop_s) const {
    const auto frames = static_cast<size_t>(std::llround(end_s_ / hop_s));
    dsp::Contour contour{.hop_s = hop_s,
                         .pitch_midi = std::vector<float>(frames),
                         .voiced = std::vector<uint8_t>(frames),
                         .begins = std::vector<uint8_t>(frames)};
    for (const SungNote& note : sung_) {
      const FrameRange range = frames_between(note.start_s, note.end_s, hop_s, contour.frames());
      const bool level = is_level(note);
      for (int64_t t = range.begin; t < range.end; ++t) {
        const double time_s = (static_cast<double>(t) + 0.5) * hop_s;
        const double pitch_midi = level ? note.pitch_midi : pitch_at(note, time_s);
        float& pitch = contour.pitch_midi[static_cast<size_t>(t)];
        pitch = std::max(pitch, static_cast<float>(pitch_midi));
        contour.voiced[static_cast<size_t>(t)] = 1;
      }
    }
    return contour;
  }

  /// What the f0 tracker makes of it.
  void track(dsp::Contour& contour) {
    for (const SungNote& note : sung_) {
      if (random_.chance(config_.octave_errors)) {
        const double from_s = note.start_s + note.length_s() * random_.uniform(0, 0.5);
        const double until_s = std::min(note.end_s, from_s + note.length_s() * random_.uniform(0.3, 1));
        const double octave = random_sign(random_) * kOctave;
        const FrameRange range = frames_between(from_s, until_s, contour.hop_s, contour.frames());
        for (int64_t t = range.begin; t < range.end; ++t)
          if (contour.voiced[static_cast<size_t>(t)] != 0)
            contour.pitch_midi[static_cast<size_t>(t)] += static_cast<float>(octave);
      }
      if (random_.chance(config_.drop_outs)) {
        const double from_s = random_.uniform(note.start_s, note.end_s);
        const double until_s = from_s + random_.uniform(0, config_.max_drop_out_s);
        const FrameRange range = frames_between(from_s, until_s, contour.hop_s, contour.frames());
        for (int64_t t = range.begin; t < range.end; ++t) {
          contour.pitch_midi[static_cast<size_t>(t)] = 0;
          contour.voiced[static_cast<size_t>(t)] = 0;
        }
      }
    }
  }

  /// Where notes are heard to begin, in a contour that has been tracked. What is drawn here is of a stream of
  /// its own: the performance is the same whether anybody asks for beginnings or not.
  void mark_beginnings(dsp::Contour& contour) const {
    RandomStream random = random_.child(stream_id("beginnings"));
    const double unheard = random.uniform(0, config_.unheard_beginnings);
    const auto mark = [&](double from_s, double until_s) {
      const FrameRange range = frames_between(from_s, until_s, contour.hop_s, contour.frames());
      if (range.begin < range.end) contour.begins[static_cast<size_t>(range.begin)] = 1;
    };
    double end_s = -dsp::kShortestGap_s;
    for (const SungNote& note : sung_) {
      const bool joined = note.start_s - end_s < dsp::kShortestGap_s;
      if (!(joined && random.chance(unheard))) mark(note.start_s, note.end_s);
      if (random.chance(config_.false_beginnings)) mark(random.uniform(note.start_s, note.end_s), note.end_s);
      end_s = note.end_s;
    }
    for (size_t t = 1; t < contour.voiced.size(); ++t)
      if (contour.voiced[t] != 0 && contour.voiced[t - 1] == 0) contour.begins[t] = 1;
  }

  double tempo() const { return style_.tempo; }

 private:
  bool is_level(const SungNote& note) const {
    return note.glide_s == 0 && note.next_glide_s == 0 && note.scoop_semitones == 0 &&
           style_.vibrato_semitones == 0;
  }

  double pitch_at(const SungNote& note, double time_s) const {
    const double since_s = time_s - note.start_s, left_s = note.end_s - time_s;
    double pitch = note.pitch_midi;
    // Half of a glide lies on either side of the onset, and so do its two halves of the way.
    if (since_s < 0.5 * note.glide_s)
      pitch += note.from_semitones * smooth_step(0.5 - since_s / note.glide_s);
    if (left_s < 0.5 * note.next_glide_s)
      pitch += note.to_semitones * smooth_step(0.5 - left_s / note.next_glide_s);
    if (since_s < kScoop_s) pitch -= note.scoop_semitones * (1 - smooth_step(since_s / kScoop_s));
    if (style_.vibrato_semitones > 0 && since_s > kVibratoDelay_s)
      pitch += style_.vibrato_semitones * smooth_step(since_s / kVibratoDelay_s - 1) *
               std::sin(2 * std::numbers::pi * style_.vibrato_hz * time_s + style_.vibrato_phase);
    return pitch;
  }

  const PerformanceConfig& config_;
  std::span<const dsp::Note> score_;
  RandomStream& random_;
  Style style_;
  std::vector<SungNote> sung_;
  double end_s_ = 0;
};

}  // namespace

double Performance::sung_s(double score_s) const {
  if (clock.empty()) return score_s / tempo;
  const auto after = std::upper_bound(clock.begin(), clock.end(), score_s,
                                      [](double s, const Knot& knot) { return s < knot.score_s; });
  if (after == clock.begin()) return after->sung_s + (score_s - after->score_s) / tempo;
  const Knot& before = *(after - 1);
  if (after == clock.end()) return before.sung_s + (score_s - before.score_s) / tempo;
  return before.sung_s +
         (score_s - before.score_s) * (after->sung_s - before.sung_s) / (after->score_s - before.score_s);
}

Performer::Performer(const PerformanceConfig& config) : config_(config) {
  configs::check(config, "[performance]");
}

Performance Performer::perform(std::span<const dsp::Note> notes, double hop_s, RandomStream& random) const {
  if (!(hop_s > 0)) throw ConfigError("[performance] hop_s must be above 0");
  Rendition rendition(config_, notes, random);
  Performance performance;
  performance.clock = rendition.set_times();
  rendition.set_pitches();
  rendition.misremember();
  rendition.articulate();
  performance.contour = rendition.draw(hop_s);
  rendition.track(performance.contour);
  rendition.mark_beginnings(performance.contour);
  performance.tempo = rendition.tempo();
  return performance;
}

}  // namespace melomine::melody
