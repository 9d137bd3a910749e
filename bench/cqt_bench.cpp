// Speed of the features on one core, as a multiple of real time.
#include <benchmark/benchmark.h>
#include <cblas.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/random.h"
#include "dsp/cqt.h"
#include "dsp/log_magnitude.h"
#include "dsp/mel.h"
#include "dsp/simd_kernels.h"

namespace melomine::dsp {
namespace {

constexpr int64_t kRateHz = 16000;

std::vector<float> noise(double seconds) {
  RandomStream random{1, stream_id("bench")};
  std::vector<float> samples(static_cast<size_t>(seconds * kRateHz));
  for (float& value : samples) value = static_cast<float>(random.normal(0, 0.1));
  return samples;
}

void report_real_time(benchmark::State& state, double seconds) {
  state.counters["x_real_time"] =
      benchmark::Counter(seconds * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

const CqtConfig kCqt84{.sample_rate_hz = kRateHz};
const CqtConfig kCqt96{.sample_rate_hz = kRateHz, .hop_samples = 256, .octaves = 8, .fmin_hz = kC1Hz / 2};
const CqtConfig kCqt84Hop160{.sample_rate_hz = kRateHz, .hop_samples = 160};

/// A four-minute song. Argument: index of the instruction set, fastest first.
void song(benchmark::State& state, const CqtConfig& config) {
  if (state.range(0) >= simd_kernel_count()) return state.SkipWithError("not on this processor");
  const SimdKernels& kernels = simd_kernels(static_cast<int>(state.range(0)));
  state.SetLabel(kernels.name);
  const Cqt cqt(config, kernels);
  const std::vector<float> samples = noise(240);
  for (auto _ : state) benchmark::DoNotOptimize(cqt.magnitude(samples));
  report_real_time(state, 240);
}
BENCHMARK_CAPTURE(song, cqt84_hop512, kCqt84)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(song, cqt96_hop256, kCqt96)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(song, cqt84_hop160, kCqt84Hop160)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

/// One training window of 3.5 s.
void window(benchmark::State& state) {
  const Cqt cqt(kCqt84);
  const std::vector<float> samples = noise(3.5);
  for (auto _ : state) benchmark::DoNotOptimize(cqt.magnitude(samples));
  report_real_time(state, 3.5);
}
BENCHMARK(window)->Unit(benchmark::kMicrosecond);

/// The same window to decibels, in place.
void window_log_magnitude(benchmark::State& state) {
  const FeatureMatrix matrix = Cqt(kCqt84).magnitude(noise(3.5));
  for (auto _ : state) {
    std::vector<float> values = matrix.values;
    normalise_log_magnitude(values, 80);
    benchmark::DoNotOptimize(values);
  }
}
BENCHMARK(window_log_magnitude)->Unit(benchmark::kMicrosecond);

/// What the products of a CQT-84 alone cost through OpenBLAS, given decimated octaves for nothing: per
/// octave, frames of 132 samples (copied out of the octave, for they overlap) times 24 columns.
void song_products_by_sgemm(benchmark::State& state) {
  constexpr int kTaps = 132, kColumns = 24, kOctaves = 7;
  openblas_set_num_threads(1);
  state.SetLabel(openblas_get_corename());
  const int frames = 240 * kRateHz / 512 + 1;
  const std::vector<float> samples = noise(245), bank(kTaps * kColumns, 0.5F);
  std::vector<float> gathered(static_cast<size_t>(frames) * kTaps),
      products(static_cast<size_t>(frames) * kColumns);
  for (auto _ : state) {
    for (int octave = 0; octave < kOctaves; ++octave) {
      const int hop = 512 >> octave;
      for (int t = 0; t < frames; ++t)
        std::copy_n(samples.data() + static_cast<int64_t>(t) * hop, kTaps,
                    gathered.data() + static_cast<int64_t>(t) * kTaps);
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, frames, kColumns, kTaps, 1.0F, gathered.data(),
                  kTaps, bank.data(), kColumns, 0.0F, products.data(), kColumns);
      benchmark::DoNotOptimize(products.data());
    }
  }
  report_real_time(state, 240);
}
BENCHMARK(song_products_by_sgemm)->Unit(benchmark::kMillisecond);

void song_mel80(benchmark::State& state) {
  const MelSpectrogram mel(MelConfig{});
  const std::vector<float> samples = noise(240);
  for (auto _ : state) benchmark::DoNotOptimize(mel.magnitude(samples));
  report_real_time(state, 240);
}
BENCHMARK(song_mel80)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace melomine::dsp
