// What notes cost as training material: reading ridges off them, singing them, batches of them. The counter
// `x` is how many times as fast as real time, per thread.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/random.h"
#include "melody/melody_batches.h"
#include "melody/ridge.h"
#include "tests/support/shared_data.h"

namespace melomine::melody {
namespace {

/// A random walk of joined notes and rests, about two notes a second.
std::vector<dsp::Note> tune(uint64_t seed, int notes) {
  RandomStream random({seed});
  std::vector<dsp::Note> notes_of_tune;
  double at_s = 0, pitch = 60;
  for (int n = 0; n < notes; ++n) {
    const double length_s = random.uniform(0.2, 0.7);
    pitch = std::clamp(pitch + static_cast<double>(random.integer(11) - 5), 48.0, 72.0);
    notes_of_tune.push_back({at_s, at_s + length_s, pitch, 0.8});
    at_s += length_s + (random.chance(0.15) ? random.uniform(0.1, 0.8) : 0);
  }
  return notes_of_tune;
}

std::vector<Melody> melodies(int count, int notes) {
  std::vector<Melody> all;
  for (int m = 0; m < count; ++m) all.push_back({std::to_string(m), tune(static_cast<uint64_t>(m), notes)});
  return all;
}

void tell_speed(benchmark::State& state, double music_s) {
  state.counters["x"] =
      benchmark::Counter(music_s * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

/// POP909 and the training part of Essen, where MELOMINE_SHARED_DATA has them.
void read_collections(benchmark::State& state) {
  const std::filesystem::path data = testing::shared_data();
  const std::vector<MelodySource> sources = {{(data / "pop909").string(), {}},
                                             {(data / "essen" / "train.csv").string(), {}}};
  for (const MelodySource& source : sources)
    if (!std::filesystem::exists(source.path)) return state.SkipWithError("needs MELOMINE_SHARED_DATA");
  size_t read = 0;
  for (auto _ : state) read = read_melodies(sources).size();
  state.counters["melodies"] = static_cast<double>(read);
}
BENCHMARK(read_collections)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

/// Windows of 3 s, 180 bins of 20 cents, as CREPE has them every 10 ms. Argument: hop, ms.
void ridge_of_notes(benchmark::State& state) {
  const double hop_s = static_cast<double>(state.range(0)) / 1000;
  const auto frames = static_cast<int64_t>(3 / hop_s);
  const std::vector<dsp::Note> notes = tune(1, 100);
  const auto all = static_cast<int64_t>(notes.back().end_s / hop_s);
  const RidgeConfig config;
  std::vector<float> image(static_cast<size_t>(config.bins * frames));
  int64_t first = 0;
  for (auto _ : state) {
    draw_ridge(notes, hop_s, first, frames, config, image);
    benchmark::DoNotOptimize(image.data());
    benchmark::ClobberMemory();
    first = (first + frames) % (all - frames);
  }
  tell_speed(state, 3);
}
BENCHMARK(ridge_of_notes)->Arg(10)->Arg(40)->Arg(100)->Unit(benchmark::kMicrosecond);

/// The same from a performance, in which the pitch moves from frame to frame.
void ridge_of_performance(benchmark::State& state) {
  const double hop_s = static_cast<double>(state.range(0)) / 1000;
  const auto frames = static_cast<int64_t>(3 / hop_s);
  RandomStream random({1});
  PerformanceConfig people;
  people.vibrato = 1;
  const dsp::Contour contour = Performer(people).perform(tune(1, 100), hop_s, random).contour;
  const RidgeConfig config;
  std::vector<float> image(static_cast<size_t>(config.bins * frames));
  int64_t first = 0;
  for (auto _ : state) {
    draw_ridge(contour, first, frames, config, image);
    benchmark::DoNotOptimize(image.data());
    benchmark::ClobberMemory();
    first = (first + frames) % (contour.frames() - frames);
  }
  tell_speed(state, 3);
}
BENCHMARK(ridge_of_performance)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

/// A tune of 50 notes. Argument: hop, ms.
void performance(benchmark::State& state) {
  const double hop_s = static_cast<double>(state.range(0)) / 1000;
  const std::vector<dsp::Note> notes = tune(1, 50);
  const Performer performer({});
  uint64_t seed = 0;
  for (auto _ : state) {
    RandomStream random({seed++});
    benchmark::DoNotOptimize(performer.perform(notes, hop_s, random));
  }
  tell_speed(state, notes.back().end_s);
}
BENCHMARK(performance)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

/// A batch of 96 windows of 2.8 s, seen twice, of 7,000 melodies. Argument: threads.
void make_melody_batch(benchmark::State& state, bool distorted) {
  MelodyBatchConfig config;
  for (const std::string& name : DistortionKind::catalogue().names()) {
    if (!distorted) break;
    config.distortions.emplace_back().distortion.choose(name);
    config.distortions.back().probability = 0.3;
  }
  static const std::vector<Melody> all = melodies(7000, 60);
  const MelodyBatchMaker maker(all, config, {}, {1, 0});
  tbb::task_arena arena(static_cast<int>(state.range(0)));
  int64_t step = 0;
  for (auto _ : state) arena.execute([&] { benchmark::DoNotOptimize(maker.make(step++)); });
  tell_speed(state, 96 * 2 * 2.8);
}
BENCHMARK_CAPTURE(make_melody_batch, performed, false)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(make_melody_batch, distorted, true)
    ->Arg(1)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace melomine::melody
