// Speed of the pitch trackers on one core, as a multiple of real time, and of what they are made of.
#include "pitch/f0.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "dsp/fft.h"
#include "dsp/short_correlation.h"
#include "pitch/yin.h"

namespace melomine::pitch {
namespace {

constexpr int kRateHz = 16000;
constexpr double kSeconds = 30;

std::vector<float> voice() {
  std::vector<float> samples(static_cast<size_t>(kSeconds * kRateHz));
  double phase = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kRateHz;
    phase += 220 * std::exp2(std::sin(0.7 * t) + 0.02 * std::sin(2 * std::numbers::pi * 5 * t)) / kRateHz;
    for (int h = 1; h <= 8; ++h)
      samples[i] += static_cast<float>(0.1 / h * std::sin(2 * std::numbers::pi * h * phase));
  }
  return samples;
}

void report_real_time(benchmark::State& state) {
  state.counters["x_real_time"] =
      benchmark::Counter(kSeconds * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void track(benchmark::State& state, const std::string& tracker) {
  const std::vector<float> samples = voice();
  F0Config config;
  config.tracker.choose(tracker);
  for (auto _ : state) benchmark::DoNotOptimize(track_f0(samples, kRateHz, config));
  report_real_time(state);
}
BENCHMARK_CAPTURE(track, pyin, "pyin")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(track, yin, "yin")->Unit(benchmark::kMillisecond);

void yin_frames(benchmark::State& state) {
  const std::vector<float> samples = voice();
  const YinGrid grid = yin_grid(static_cast<int64_t>(samples.size()), kRateHz, {});
  for (auto _ : state)
    for_each_yin_frame(samples, grid,
                       [](const YinFrame& frame) { benchmark::DoNotOptimize(frame.normalised.data()); });
  report_real_time(state);
}
BENCHMARK(yin_frames)->Unit(benchmark::kMillisecond);

/// The sums of one hop: as products (what the trackers do) ...
void hop_by_products(benchmark::State& state) {
  const std::vector<float> samples = voice();
  std::vector<float> out(static_cast<size_t>(dsp::padded_lags(247)));
  for (auto _ : state) {
    dsp::correlate_lags(samples.data(), samples.data(), 160, 247, out.data());
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(hop_by_products);

/// ... and through KissFFT, at the smallest fast size that holds a hop and the largest lag.
void hop_by_fft(benchmark::State& state) {
  const std::vector<float> samples = voice();
  constexpr size_t kSize = 432;
  dsp::RealFft fft(kSize);
  std::vector<float> block(kSize), out(kSize);
  std::vector<std::complex<float>> a(kSize / 2 + 1), b(kSize / 2 + 1);
  for (auto _ : state) {
    std::copy_n(samples.begin(), 160, block.begin());
    fft.forward(block, a);
    fft.forward(std::span(samples).first(kSize), b);
    for (size_t k = 0; k < a.size(); ++k)
      b[k] = {a[k].real() * b[k].real() + a[k].imag() * b[k].imag(),
              a[k].real() * b[k].imag() - a[k].imag() * b[k].real()};
    fft.inverse(b, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(hop_by_fft);

}  // namespace
}  // namespace melomine::pitch
