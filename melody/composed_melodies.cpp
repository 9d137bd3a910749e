#include "melody/composed_melodies.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include "core/random.h"
#include "synth/composer.h"
#include "synth/performance.h"

namespace melomine::melody {
namespace {

std::vector<dsp::Note> sung_line(const synth::Score& score) {
  RandomStream steady({});  // a tempo that does not drift draws nothing
  const auto written = synth::perform(score, score.form, {.lead_in_s = 0, .tail_s = 0}, 0, steady);
  std::vector<dsp::Note> notes;
  for (const synth::PerformedNote& note : synth::melody_of(score, written))
    notes.push_back({note.start_s, note.end_s, note.pitch_midi, note.velocity});
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
