#include "synth/arranger.h"

#include <algorithm>
#include <cmath>

namespace melomine::synth {
namespace {

enum class Comping { kPad, kBlocks, kArpeggio, kOffbeat };
enum class Drums { kNone, kBallad, kRock, kFour };

struct BandStyle {
  Comping comping = Comping::kPad;
  Drums drums = Drums::kRock;
  double bass_step_beats = 1;
  double octave_share = 0.1;  ///< of bass notes an octave up
  int chord_floor = 52;       ///< lowest chord tone
  bool lead = true;
};

class Arrangement {
 public:
  Arrangement(const Score& score, const Performance& performance, const BandStyle& style,
              RandomStream& random)
      : score_(score), performance_(performance), style_(style), random_(random) {
    shift_ = static_cast<int>(std::lround(performance.transposition_semitones));
  }

  std::vector<synth::BandEvent> play() {
    for (const PlacedUnit& p : performance_.placed) {
      const ScoreUnit& unit = score_.units[static_cast<size_t>(p.unit)];
      for (const ScoreChord& chord : unit.chords) {
        // Beats of the performance; an excerpt may cut the chord.
        const double from = std::max(chord.start_beat, p.unit_start_beat);
        const double to = std::min(chord.start_beat + chord.beats, p.unit_start_beat + p.beats);
        if (to <= from || chord.pitch_classes.empty()) continue;
        const double at = p.start_beat - p.unit_start_beat;
        comp(chord, at + from, at + to);
        bass(chord, at + from, at + to);
        drums(at + from, at + to, at + chord.start_beat);
        if (!unit.sung() && style_.lead) lead(chord, at + from, at + to);
      }
    }
    return std::move(events_);
  }

 private:
  void add(synth::Part part, double from, double to, double pitch, double velocity) {
    events_.push_back({part, performance_.clock.seconds(from), performance_.clock.seconds(to), pitch,
                       velocity * random_.uniform(0.85, 1.1)});
  }
  double voiced(int pitch_class, int floor) const {
    const int above = ((pitch_class + shift_ - floor) % 12 + 12) % 12;
    return floor + above;
  }

  void comp(const ScoreChord& chord, double from, double to) {
    const auto strike = [&](double start, double end, double velocity) {
      for (const int pc : chord.pitch_classes)
        add(Part::kChords, start, end, voiced(pc, style_.chord_floor), velocity);
    };
    switch (style_.comping) {
      case Comping::kPad:
        strike(from, to, 0.6);
        break;
      case Comping::kBlocks:
        for (double b = from; b < to - 1e-9; b += 1)
          strike(b, std::min(to, b + 0.9), b == from ? 0.75 : 0.55);
        break;
      case Comping::kOffbeat:
        for (double b = from + 0.5; b < to - 1e-9; b += 1) strike(b, std::min(to, b + 0.4), 0.65);
        break;
      case Comping::kArpeggio: {
        size_t n = 0;
        for (double b = from; b < to - 1e-9; b += 0.5, ++n) {
          static constexpr size_t kOrder[] = {0, 1, 2, 1};
          const int pc = chord.pitch_classes[kOrder[n % 4] % chord.pitch_classes.size()];
          add(Part::kChords, b, std::min(to, b + 1), voiced(pc, style_.chord_floor), 0.9);
        }
      }
    }
  }

  void bass(const ScoreChord& chord, double from, double to) {
    for (double b = from; b < to - 1e-9; b += style_.bass_step_beats) {
      const bool fifth = chord.pitch_classes.size() > 2 && b > from && random_.chance(0.15);
      double pitch = voiced(chord.pitch_classes[fifth ? 2 : 0], 33);
      if (random_.chance(style_.octave_share)) pitch += 12;
      add(Part::kBass, b, std::min(to, b + 0.9 * style_.bass_step_beats), pitch, 0.8);
    }
  }

  void lead(const ScoreChord& chord, double from, double to) {
    for (double b = from; b < to - 1e-9; b += 1)
      if (random_.chance(0.7))
        add(Part::kLead, b, std::min(to, b + 0.9), voiced(random_.pick(chord.pitch_classes), 67), 0.7);
  }

  void drums(double from, double to, double bar_start) {
    if (style_.drums == Drums::kNone) return;
    const int bar = score_.beats_per_bar;
    for (double b = std::ceil(from - 1e-9); b < to - 1e-9; b += 1) {
      const int beat = static_cast<int>(std::lround(b - std::floor(bar_start))) % std::max(1, bar);
      const bool strong = beat == 0 || (bar == 4 && beat == 2) || (bar == 6 && beat == 3);
      const bool kick = style_.drums == Drums::kFour || strong;
      const bool snare = bar == 3 ? beat == 2 : bar == 6 ? beat == 3 : beat % 2 == 1;
      if (kick) add(Part::kKick, b, b, 0, 0.9);
      if (snare && style_.drums != Drums::kBallad) add(Part::kSnare, b, b, 0, 0.7);
      add(Part::kHat, b, b, 0, 0.5);
      if (style_.drums != Drums::kBallad && b + 0.5 < to) add(Part::kHat, b + 0.5, b + 0.5, 0, 0.35);
    }
  }

  const Score& score_;
  const Performance& performance_;
  const BandStyle& style_;
  RandomStream& random_;
  int shift_ = 0;
  std::vector<synth::BandEvent> events_;
};

}  // namespace

std::vector<synth::BandEvent> arrange(const Score& score, const Performance& performance,
                                      RandomStream& random) {
  BandStyle style;
  style.comping = static_cast<Comping>(random.integer(4));
  style.drums = static_cast<Drums>(random.weighted({0.15, 0.25, 0.4, 0.2}));
  style.bass_step_beats = random.pick(std::vector<double>{0.5, 1, 2, 4});
  style.octave_share = random.uniform(0, 0.25);
  style.chord_floor = 48 + static_cast<int>(random.integer(10));
  style.lead = random.chance(0.7);
  return Arrangement(score, performance, style, random).play();
}

synth::BandTimbre draw_band(RandomStream& random) {
  const auto instrument = [&](bool sustained) {
    synth::InstrumentTimbre timbre;
    timbre.harmonic_exponent = random.uniform(0.9, 2.2);
    timbre.even_harmonics = random.uniform(0.1, 1.0);
    timbre.attack_s = sustained ? random.uniform(0.03, 0.2) : random.uniform(0.002, 0.012);
    timbre.decay_s = random.uniform(0.25, 1.2);
    timbre.sustain = sustained ? random.uniform(0.5, 0.9) : random.uniform(0.0, 0.15);
    timbre.release_s = random.uniform(0.05, 0.25);
    timbre.detune_cents = random.chance(0.5) ? random.uniform(2, 14) : 0;
    return timbre;
  };
  synth::BandTimbre band;
  band.chords = instrument(random.chance(0.5));
  band.bass = instrument(false);
  band.bass.harmonic_exponent = random.uniform(1.2, 2.5);
  band.bass.detune_cents = 0;
  band.lead = instrument(random.chance(0.4));
  band.kick_hz = random.uniform(42, 65);
  band.snare_hz = random.uniform(160, 240);
  band.chords_level = random.uniform(0.35, 0.8);
  band.bass_level = random.uniform(0.5, 1.0);
  band.lead_level = random.uniform(0.25, 0.5);
  band.drum_level = random.uniform(0.3, 0.9);
  return band;
}

}  // namespace melomine::synth
