// Pitch ridges of a batch of contours: an image at a time by melody::draw_ridge, or all of them by libtorch
// as the encoder ridge_resnet18 draws them, on one thread. 192 windows of 28 frames. Argument: bins.
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <vector>

#include "core/random.h"
#include "dsp/contour.h"
#include "melody/ridge.h"
#include "models/ridge_input.h"

namespace melomine {
namespace {

constexpr int64_t kWindows = 192, kFrames = 28;
constexpr double kScale_semitones = 5.52;

/// A pitch that moves from frame to frame, as of a performance; a fifth of the frames are rests.
std::vector<dsp::Contour> contours() {
  RandomStream random({1});
  std::vector<dsp::Contour> all(kWindows);
  for (dsp::Contour& contour : all) {
    double pitch = 60;
    for (int64_t t = 0; t < kFrames; ++t) {
      pitch += random.normal();
      const bool voiced = random.chance(0.8);
      contour.pitch_midi.push_back(voiced ? static_cast<float>(pitch) : 0);
      contour.voiced.push_back(voiced ? 1 : 0);
    }
  }
  return all;
}

void tell(benchmark::State& state) {
  state.counters["images"] = benchmark::Counter(
      static_cast<double>(kWindows * static_cast<int64_t>(state.iterations())), benchmark::Counter::kIsRate);
}

void ridges_by_image(benchmark::State& state) {
  const std::vector<dsp::Contour> all = contours();
  const melody::RidgeConfig config{.bins = state.range(0),
                                   .bins_per_octave = static_cast<double>(state.range(0)) / 3,
                                   .width_semitones = 36.0 / static_cast<double>(state.range(0))};
  const auto size = static_cast<size_t>(config.bins * kFrames);
  std::vector<float> images(kWindows * size);
  for (auto _ : state) {
    for (size_t i = 0; i < all.size(); ++i)
      melody::draw_ridge(all[i], 0, kFrames, config, {images.data() + i * size, size});
    benchmark::ClobberMemory();
  }
  tell(state);
}
BENCHMARK(ridges_by_image)->Arg(90)->Arg(180)->Unit(benchmark::kMicrosecond);

void ridges_in_batch(benchmark::State& state) {
  torch::set_num_threads(1);
  const std::vector<dsp::Contour> all = contours();
  auto x = torch::empty({kWindows, 1, 2, kFrames});
  for (size_t i = 0; i < all.size(); ++i)
    dsp::draw_contour(all[i], 0, kFrames, {.rests = dsp::Rests::kKeep},
                      {x[static_cast<int64_t>(i)].data_ptr<float>(), 2 * kFrames});
  const models::RidgeImage image{.bins = state.range(0),
                                 .span = 36 / kScale_semitones,
                                 .width = 36 / kScale_semitones / static_cast<double>(state.range(0))};
  for (auto _ : state) benchmark::DoNotOptimize(models::ridge_input("bench", x, image).data_ptr<float>());
  tell(state);
}
BENCHMARK(ridges_in_batch)->Arg(90)->Arg(180)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace melomine
