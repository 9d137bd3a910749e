// Cost of the waveform augmentations on one core, per clip and for a whole batch.
#include "datasets/clip_pipeline.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <numbers>

#include "datasets/transforms/noise.h"
#include "dsp/time_stretch.h"

namespace melomine::datasets {
namespace {

constexpr int kRateHz = 16000;

std::vector<float> voice(double seconds) {
  std::vector<float> samples(static_cast<size_t>(seconds * kRateHz));
  double phase = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kRateHz;
    phase += 220 * (1 + 0.01 * std::sin(2 * std::numbers::pi * 5 * t)) / kRateHz;
    for (int h = 1; h <= 8; ++h)
      samples[i] += static_cast<float>(0.1 / h * std::sin(2 * std::numbers::pi * h * phase));
  }
  return samples;
}

/// Arguments: rate in percent, pitch in semitones. A clip of 4 s.
void stretch(benchmark::State& state) {
  const std::vector<float> clip = voice(4);
  for (auto _ : state)
    benchmark::DoNotOptimize(dsp::stretch_and_shift(clip, 0.01 * static_cast<double>(state.range(0)),
                                                    static_cast<double>(state.range(1)), kRateHz));
}
BENCHMARK(stretch)
    ->ArgNames({"rate_percent", "semitones"})
    ->ArgsProduct({{80, 100, 125}, {-4, 0, 4}})
    ->Unit(benchmark::kMillisecond);

/// Argument: the noise's colour. A clip of 3.5 s.
void noise(benchmark::State& state) {
  std::vector<float> clip = voice(3.5);
  RandomStream random({1});
  for (auto _ : state) add_noise(clip, 20, static_cast<double>(state.range(0)), random);
}
BENCHMARK(noise)->ArgName("colour")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

/// System A's augmentations of 32 clips of 3.5 s, as a batch does them.
void batch(benchmark::State& state) {
  constexpr int64_t kTarget = 56000, kClips = 32;
  const std::vector<float> source = voice(8);
  const ClipPipeline pipeline(paper_transforms());
  RandomStream random({2});
  std::vector<std::vector<float>> clips(kClips);
  for (auto _ : state) {
    std::vector<ClipDraw> drawn;
    for (auto& clip : clips) {
      drawn.push_back(pipeline.draw(random.bits()));
      const auto needed = static_cast<size_t>(source_samples(drawn.back().shape, kTarget));
      clip = reshape_clip(std::span(source).first(needed), drawn.back().shape, kTarget, kRateHz);
    }
    for (size_t i = 0; i < clips.size(); ++i)
      for (const auto& applied : drawn[i].effects)
        applied.effect->add(
            clips[i], {.sample_rate_hz = kRateHz, .other = clips[(i + 1) % clips.size()], .random = random});
  }
}
BENCHMARK(batch)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace melomine::datasets
