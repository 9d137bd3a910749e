// What a training batch costs: 8 groups of 4 clips, 84 x 94, from shards, augmentation included; and whether
// a device waits for batches of 256.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/task_arena.h>
#include <stdlib.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <numbers>
#include <thread>

#include "core/random.h"
#include "datasets/audio_shard.h"
#include "datasets/batch_maker.h"
#include "datasets/clip_samples.h"
#include "datasets/group_sampler.h"
#include "datasets/prefetch.h"

namespace melomine::datasets {
namespace {

constexpr int kRate = 16000;
constexpr int kSongs = 64, kMembers = 4;
constexpr double kRecording_s = 60;

/// Shards of tones under vibrato with a little noise, 60 songs of four recordings, and a group of each.
class Corpus {
 public:
  Corpus() {
    std::string pattern = (std::filesystem::temp_directory_path() / "melomine_bench_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    AudioShardWriter writer(folder_ / shard_file_name(0), kRate);
    for (int song = 0; song < kSongs; ++song) {
      FragmentGroup group{"g" + std::to_string(song), "s" + std::to_string(song), 16, {}};
      for (int member = 0; member < kMembers; ++member) {
        writer.append(samples(song, member));
        StoredRecording stored;
        stored.recording.recording_id = std::to_string(song) + "_" + std::to_string(member);
        stored.recording.song_id = group.song_id;
        writer.finish_recording(stored);
        group.fragments.push_back({stored.recording.recording_id,
                                   member == 0 ? RecordingKind::kOriginal : RecordingKind::kHumming,
                                   {20, 36.0 + member},
                                   {{0, 16, 20, 36.0 + member}}});
      }
      groups.push_back(std::move(group));
    }
    writer.commit();
    store = std::make_unique<AudioStore>(folder_);
  }
  ~Corpus() {
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  const std::filesystem::path& folder() const { return folder_; }
  std::vector<FragmentGroup> groups;
  std::unique_ptr<AudioStore> store;

 private:
  static std::vector<int16_t> samples(int song, int member) {
    RandomStream random({static_cast<uint64_t>(song), static_cast<uint64_t>(member)});
    std::vector<int16_t> out(static_cast<size_t>(kRecording_s * kRate));
    double phase = 0;
    for (size_t i = 0; i < out.size(); ++i) {
      const double t = static_cast<double>(i) / kRate;
      phase += 2 * std::numbers::pi * 200 * std::exp2(song / 60.0 + 0.03 * std::sin(31 * t)) / kRate;
      out[i] = static_cast<int16_t>(6000 * std::sin(phase) + 3000 * std::sin(2 * phase) +
                                    random.uniform(-200, 200));
    }
    return out;
  }
  std::filesystem::path folder_;
};

const Corpus& corpus() {
  static const Corpus all;
  return all;
}

BatchConfig without_augmentation() {
  BatchConfig config;
  config.augment.clear();
  return config;
}

/// One batch after the other. Argument: threads.
void make_batch(benchmark::State& state, const BatchConfig& config) {
  const BatchMaker maker(corpus().groups, *corpus().store, config, {1, 0});
  tbb::task_arena arena(static_cast<int>(state.range(0)));
  int64_t step = 0;
  for (auto _ : state) arena.execute([&] { benchmark::DoNotOptimize(maker.make(step++)); });
}
BENCHMARK_CAPTURE(make_batch, augmented, BatchConfig{})
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(make_batch, plain, without_augmentation())
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

/// Windows of 3.5 s at random places, by several threads at once.
void read_window(benchmark::State& state) {
  const AudioStore& store = *corpus().store;
  RandomStream random({7, static_cast<uint64_t>(state.thread_index())});
  for (auto _ : state) {
    const auto recording = static_cast<size_t>(random.integer(static_cast<int64_t>(store.size())));
    benchmark::DoNotOptimize(store.read(recording, random.integer(900'000), 56'000));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_window)->ThreadRange(1, 2)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// A window of each recording of shards that were just opened: all chunks are read whole and checked.
void read_first_window(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    const AudioStore store(corpus().folder());
    state.ResumeTiming();
    for (size_t i = 0; i < store.size(); ++i) benchmark::DoNotOptimize(store.read(i, 400'000, 56'000));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(corpus().store->size()));
}
BENCHMARK(read_first_window)->UseRealTime()->Unit(benchmark::kMillisecond);

/// What is left to the processor where the device augments: draws, and source windows as they are in the
/// shards.
BatchMaker raw_maker(int64_t clips) {
  BatchConfig config;
  ClipView view{.images = std::make_shared<const ClipSamples>(config),
                .later = TransformKind::catalogue().names()};
  config.sampler.sampler.settings<GroupSamplerConfig>().groups_per_batch = clips / kMembers;
  return BatchMaker(corpus().groups, *corpus().store, view,
                    {.window = config.window, .sampler = config.sampler, .augment = config.augment}, {1, 0});
}

/// Rates are of processor time. Argument: clips of a batch, 32 or 256.
void make_raw_batch(benchmark::State& state) {
  const BatchMaker maker = raw_maker(state.range(0));
  tbb::task_arena arena(1);
  int64_t step = 0, clips = 0;
  for (auto _ : state) arena.execute([&] { clips += maker.make(step++).size; });
  state.counters["clips"] = benchmark::Counter(static_cast<double>(clips), benchmark::Counter::kIsRate);
}
BENCHMARK(make_raw_batch)->Arg(32)->Arg(256)->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

/// Through the prefetcher. Argument: workers.
void prefetched_batch(benchmark::State& state) {
  const BatchMaker maker(corpus().groups, *corpus().store, BatchConfig{}, {1, 0});
  BatchPrefetcher prefetcher([&](int64_t step) { return maker.make(step); }, 0,
                             {.depth = 4, .workers = state.range(0)});
  for (auto _ : state) benchmark::DoNotOptimize(prefetcher.next());
}
BENCHMARK(prefetched_batch)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

BatchConfig of_256(BatchConfig config) {
  auto& sampler = config.sampler.sampler.settings<GroupSamplerConfig>();
  sampler.groups_per_batch = kSongs;
  sampler.max_fragments = kMembers;
  return config;
}

/// A device that takes batches of 256 clips and computes for so long with each, the processor being free
/// meanwhile. The share of its time that it waits for them. Arguments: workers, milliseconds of a step.
void feed_device(benchmark::State& state, const std::function<Batch(int64_t)>& make, int warm_up) {
  BatchPrefetcher prefetcher(make, 0, {.depth = 4, .workers = state.range(0)});
  for (int i = 0; i < warm_up; ++i) prefetcher.next();
  const double before_s = prefetcher.waited_s();
  const auto start = std::chrono::steady_clock::now();
  int64_t clips = 0;
  for (auto _ : state) {
    clips += prefetcher.next().size;
    std::this_thread::sleep_for(std::chrono::milliseconds(state.range(1)));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  state.counters["wait_share"] = (prefetcher.waited_s() - before_s) / took.count();
  state.counters["clips"] = benchmark::Counter(static_cast<double>(clips), benchmark::Counter::kIsRate);
}
void fed_device(benchmark::State& state, const BatchConfig& config) {
  const BatchMaker maker(corpus().groups, *corpus().store, of_256(config), {1, 0});
  feed_device(
      state, [&](int64_t step) { return maker.make(step); }, 1);
}
BENCHMARK_CAPTURE(fed_device, plain, without_augmentation())
    ->ArgsProduct({{2}, {10, 100, 400}})
    ->Iterations(30)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fed_device, augmented, BatchConfig{})
    ->ArgsProduct({{2}, {100, 400}})
    ->Iterations(15)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

/// One that augments itself: a worker draws, reads, and copies to where the device fetches it from. After so
/// many batches that the shards have been read from once.
void fed_augmenting_device(benchmark::State& state) {
  const BatchMaker maker = raw_maker(256);
  feed_device(
      state,
      [&](int64_t step) {
        thread_local std::vector<int16_t> page_locked;
        Batch batch = maker.make(step);
        page_locked = *batch.raw->sources;
        benchmark::DoNotOptimize(page_locked.data());
        return batch;
      },
      40);
}
BENCHMARK(fed_augmenting_device)
    ->ArgsProduct({{1, 2}, {4, 6, 8, 12, 16}})
    ->Iterations(300)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

/// The sampler's share: what a batch of a corpus of 30,000 groups holds.
void plan_batch(benchmark::State& state) {
  std::vector<FragmentGroup> groups;
  for (size_t i = 0; i < 30000; ++i) {
    groups.push_back(corpus().groups[i % kSongs]);
    groups.back().song_id = std::to_string(i / 3);
  }
  const GroupSampler sampler(groups, {}, 3, {1, 0});
  int64_t step = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sampler.plan(step++));
}
BENCHMARK(plan_batch)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace melomine::datasets
