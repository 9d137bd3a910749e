#include "melody/composed_melodies.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include "core/random.h"
#include "synth/composer.h"

namespace melomine::melody {
namespace {

std::vector<dsp::Note> sung_line(const synth::Score& score) {
  const double beat_s = 60 / score.beats_per_minute;
  std::vector<dsp::Note> notes;
  double unit_beat = 0;
  for (const synth::Section& section : score.form) {
    for (const int u : section.units) {
      const synth::ScoreUnit& unit = score.units[static_cast<size_t>(u)];
      for (const synth::ScoreNote& note : unit.notes)
        notes.push_back({.start_s = (unit_beat + note.start_beat) * beat_s,
                         .end_s = (unit_beat + note.end_beat) * beat_s,
                         .pitch_midi = note.pitch_midi,
                         .velocity = note.velocity});
      unit_beat += unit.beats;
    }
  }
  return notes;
}

}  // namespace

std::vector<Melody> compose_melodies(int64_t count, uint64_t seed, double duration_s) {
  std::vector<Melody> melodies(static_cast<size_t>(count));
  const RandomStream random({seed, stream_id("composed melodies")});
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(int64_t{0}, count, [&](int64_t i) {
      melodies[static_cast<size_t>(i)] = {
          fmt::format("composed_{:05}", i + 1),
          sung_line(synth::compose(random.child(static_cast<uint64_t>(i)), duration_s))};
    });
  });
  return melodies;
}

}  // namespace melomine::melody
