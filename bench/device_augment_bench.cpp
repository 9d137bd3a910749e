// What the device does of a batch with front_end.augment_on_device, here on the processor: 32 clips of 3.5 s,
// the paper's transforms, by parts. libtorch uses as many threads as OMP_NUM_THREADS says.
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <cmath>
#include <numbers>

#include "datasets/batch_maker.h"
#include "datasets/clip_samples.h"
#include "datasets/group_sampler.h"
#include "embedding/clip_hearing.h"
#include "embedding/device_augment.h"
#include "embedding/device_shape.h"
#include "embedding/front_end_kind.h"

namespace melomine::embedding {
namespace {

constexpr int kRate = 16000;

/// Any recording is a tone under vibrato.
void read(const std::string& id, int64_t start, std::span<int16_t> out) {
  const double hz = 150 + 5 * static_cast<double>(id.size() + static_cast<size_t>(id.front()));
  for (size_t i = 0; i < out.size(); ++i) {
    const double t = (static_cast<double>(start) + static_cast<double>(i)) / kRate;
    const double phase = 2 * std::numbers::pi * hz * (t + 0.001 * std::sin(31 * t));
    out[i] = static_cast<int16_t>(6000 * std::sin(phase) + 3000 * std::sin(2 * phase));
  }
}

FrontEndChoice front_end() {
  FrontEndChoice choice("image");
  auto& config = choice.settings<datasets::FrontEnd>();
  config.on_device = config.augment_on_device = true;
  return choice;
}

datasets::Batch raw_batch() {
  std::vector<datasets::FragmentGroup> groups;
  for (char name = 'a'; name < 'a' + 16; ++name) {
    datasets::FragmentGroup group{std::string(1, name), std::string(1, name), 16, {}};
    for (int member = 0; member < 4; ++member)
      group.fragments.push_back({std::string(static_cast<size_t>(member) + 1, name),
                                 datasets::RecordingKind::kOriginal,
                                 {20, 36},
                                 {{{0, 16}, {20, 36}}}});
    groups.push_back(std::move(group));
  }
  const datasets::BatchMaker maker(std::move(groups), {.read = read, .length_samples = {}},
                                   front_end()->clip_view(), datasets::BatchSettings{}, {1, 0});
  return maker.make(0);
}

torch::Tensor features_of(const datasets::Batch& batch) {
  return sources_of(*batch.raw).unsqueeze(1).unsqueeze(1);
}

/// All: augmented, then the CQT.
void hear(benchmark::State& state) {
  const datasets::Batch batch = raw_batch();
  const auto features = features_of(batch);
  const FrontEndChoice choice = front_end();
  const auto hearing = choice->clip_hearing("cpu");
  for (auto _ : state) benchmark::DoNotOptimize(hearing->hear(features, batch));
}
BENCHMARK(hear)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

/// Augmented only.
void augment(benchmark::State& state) {
  const datasets::Batch batch = raw_batch();
  const auto sources = features_of(batch).flatten(1);
  const datasets::ClipSamples clips(front_end().settings<datasets::FrontEnd>());
  const DeviceAugment common{.clip_samples = clips.columns(), .margin_samples = clips.context_samples()};
  for (auto _ : state) benchmark::DoNotOptimize(augmented(sources, *batch.raw, common));
}
BENCHMARK(augment)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

/// Stretched, shifted and cut only.
void reshape(benchmark::State& state) {
  const datasets::Batch batch = raw_batch();
  const auto sources = features_of(batch).flatten(1);
  const datasets::ClipSamples clips(front_end().settings<datasets::FrontEnd>());
  for (auto _ : state)
    benchmark::DoNotOptimize(device_reshape(sources, batch.raw->shapes, clips.columns(), kRate));
}
BENCHMARK(reshape)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace melomine::embedding
