// Cost of exact search: fingerprint sequences and, without learning, contours.
#include "retrieval/search.h"

#include <benchmark/benchmark.h>

#include "core/random.h"
#include "retrieval/contour_match.h"

namespace melomine::retrieval {
namespace {

std::vector<FingerprintSequence> sequences(int64_t count, int64_t steps, int64_t dim) {
  std::vector<FingerprintSequence> all;
  for (int64_t i = 0; i < count; ++i) {
    RandomStream random({static_cast<uint64_t>(i), static_cast<uint64_t>(steps)});
    FingerprintSequence z{steps, dim, 0.25, 0, {}};
    for (int64_t k = 0; k < steps * dim; ++k) z.values.push_back(static_cast<float>(random.normal(0, 0.09)));
    all.push_back(std::move(z));
  }
  return all;
}

/// Arguments: queries, references. Hums of 10 s and songs of 240 s at 0.25 s, 128 numbers; all cores.
void search(benchmark::State& state, const Similarity& similarity) {
  const auto queries = sequences(state.range(0), 29, 128);
  const auto references = sequences(state.range(1), 949, 128);
  for (auto _ : state)
    benchmark::DoNotOptimize(search_sequences(queries, references, similarity).scores.data());
  const double pairs = static_cast<double>(state.range(0) * state.range(1));
  state.counters["pairs"] =
      benchmark::Counter(pairs, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}
void fingerprints(benchmark::State& state) {
  search(state, {});
}
BENCHMARK(fingerprints)
    ->ArgNames({"queries", "references"})
    ->Args({1, 100})
    ->Args({100, 100})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

/// The third argument is the band in steps, 0: none.
void warped(benchmark::State& state) {
  search(state, {.correlation = Correlation::kDtw, .dtw_band = state.range(2)});
}
BENCHMARK(warped)
    ->ArgNames({"queries", "references", "band"})
    ->Args({1, 100, 0})
    ->Args({100, 100, 0})
    ->Args({100, 100, 8})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

std::vector<PitchContour> contours(int64_t count, int64_t frames) {
  std::vector<PitchContour> all;
  for (int64_t i = 0; i < count; ++i) {
    RandomStream random({static_cast<uint64_t>(i), static_cast<uint64_t>(frames)});
    PitchContour contour;
    for (int64_t t = 0; t < frames; ++t)
      contour.semitones.push_back(t % 4 > 0 ? contour.semitones.back()
                                            : static_cast<float>(60 + random.integer(12)));
    all.push_back(std::move(contour));
  }
  return all;
}

/// Hums of 8 s against songs with 200 s of melody, 13 tempos; all cores.
void baseline(benchmark::State& state) {
  const auto queries = contours(20, 80), references = contours(40, 2000);
  for (auto _ : state) benchmark::DoNotOptimize(search_contours(queries, references, {}).scores.data());
  state.counters["pairs"] =
      benchmark::Counter(800, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}
BENCHMARK(baseline)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace melomine::retrieval
