#include "pitch/track_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "core/atomic_file.h"
#include "core/sha256.h"
#include "pitch/crepe.h"
#include "pitch/yin_tracker.h"
#include "tests/dsp/signals.h"
#include "tests/pitch/crepe_files.h"
#include "tests/support/temp_folder.h"

namespace melomine::pitch {
namespace {

using testing::TempFolder;

/// Counts what it is asked.
class CountingTracker : public F0Tracker {
 public:
  explicit CountingTracker(std::atomic<int>& calls) : calls_(calls) {}
  dsp::F0Track track(std::span<const float> samples, int) const override {
    ++calls_;
    return {0.01, {0, samples.empty() ? 1 : samples[0]}, {0.5F, 1}};
  }

 private:
  std::atomic<int>& calls_;
};

std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  return files;
}

/// How often one of `configs` is asked anew, each for the same samples, one after the other in one folder.
int calls_of(const std::vector<F0Config>& configs, int rate_hz = 16000) {
  const TempFolder folder;
  std::atomic<int> calls{0};
  const std::vector<float> samples = {100, 2, 3};
  for (F0Config config : configs) {
    config.cache = folder.path();
    CachedTracker(std::make_unique<CountingTracker>(calls), config).track(samples, rate_hz);
  }
  return calls;
}

TEST(CachedTracker, TracksARecordingOnce) {
  const TempFolder folder;
  std::atomic<int> calls{0};
  F0Config config;
  config.cache = folder / "made";
  for (int again = 0; again < 2; ++again) {  // the second one as another process would
    const CachedTracker tracker(std::make_unique<CountingTracker>(calls), config);
    for (const float first : {100.0F, 200.0F}) {
      const dsp::F0Track track = tracker.track(std::vector<float>{first, 1}, 16000);
      EXPECT_EQ(track.f0_hz, (std::vector<float>{0, first}));
      EXPECT_EQ(track.probability, (std::vector<float>{0.5F, 1}));
      EXPECT_EQ(track.hop_s, 0.01);
    }
    EXPECT_EQ(calls, 2 + again);
    tracker.track(std::vector<float>{100, 1}, 8000 + again);
  }
  EXPECT_EQ(calls, 4) << "another rate is another recording";
  EXPECT_EQ(files_below(folder.path()).size(), 4u);
}

TEST(CachedTracker, SettingsThatMatterTellTracksApart) {
  F0Config pyin, other = pyin, yin;
  EXPECT_EQ(calls_of({pyin, pyin}), 1);
  other.range.fmin_hz = 80;
  EXPECT_EQ(calls_of({pyin, other}), 2);
  yin.tracker.choose("yin");
  EXPECT_EQ(calls_of({pyin, yin}), 2);
  other = yin;
  other.tracker.settings<YinConfig>().threshold = 0.2;
  EXPECT_EQ(calls_of({yin, other}), 2);
}

TEST(CachedTracker, WeightsCountByContentAndBatchesNotAtAll) {
  const TempFolder folder;
  const auto bytes = testing::torch_bytes(testing::random_crepe_arrays(1));
  const auto config_of = [&](const std::string& name, int64_t batch_frames) {
    F0Config config;
    config.tracker =
        configs::Choice<F0Kind>("crepe", CrepeConfig{.weights = folder / name, .batch_frames = batch_frames});
    return config;
  };
  write_file_atomically(folder / "a", bytes);
  write_file_atomically(folder / "b", bytes);
  write_file_atomically(folder / "c", bytes + "other");
  EXPECT_EQ(calls_of({config_of("a", 48), config_of("b", 7)}), 1);
  EXPECT_EQ(calls_of({config_of("a", 48), config_of("c", 48)}), 2);
}

TEST(CachedTracker, ADamagedFileIsFoundAnew) {
  const TempFolder folder;
  std::atomic<int> calls{0};
  F0Config config;
  config.cache = folder.path();
  const CachedTracker tracker(std::make_unique<CountingTracker>(calls), config);
  const std::vector<float> samples = {100};
  tracker.track(samples, 16000);
  const std::vector<std::filesystem::path> files = files_below(folder.path());
  ASSERT_EQ(files.size(), 1u);
  const std::string whole = read_file(files[0]);
  int damaged = 0;
  for (size_t at = 0; at < whole.size(); at += 61) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0xFF);
    write_file_atomically(files[0], bytes);
    const int before = calls;
    EXPECT_EQ(tracker.track(samples, 16000).f0_hz, (std::vector<float>{0, 100})) << at;
    damaged += calls > before;
  }
  EXPECT_GT(damaged, 5);
  for (const std::string& bytes :
       {std::string(), std::string("no HDF5"), whole.substr(0, whole.size() / 2)}) {
    write_file_atomically(files[0], bytes);
    const int before = calls;
    tracker.track(samples, 16000);
    EXPECT_EQ(calls, before + 1);
    tracker.track(samples, 16000);
    EXPECT_EQ(calls, before + 1) << "it was mended";
  }
}

TEST(CachedTracker, ManyMayWriteOneTrackAtOnce) {
  const TempFolder folder;
  std::atomic<int> calls{0}, right{0};
  F0Config config;
  config.cache = folder.path();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const CachedTracker tracker(std::make_unique<CountingTracker>(calls), config);
      for (int round = 0; round < 20; ++round)
        right += tracker.track(std::vector<float>{100.0F + static_cast<float>(round)}, 16000).f0_hz[1] ==
                 100.0F + static_cast<float>(round);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 80);
  EXPECT_EQ(files_below(folder.path()).size(), 20u) << "no temporary is left";
}

TEST(F0Config, ACacheIsUsedWhereOneIsNamed) {
  const TempFolder folder;
  F0Config config;
  config.tracker.choose("yin");
  const std::vector<float> tone = testing::sine_wave(220, 0.5, 8000);
  const dsp::F0Track plain = track_f0(tone, 16000, config);
  config.cache = folder / "tracks";
  EXPECT_EQ(track_f0(tone, 16000, config).f0_hz, plain.f0_hz);
  EXPECT_EQ(files_below(folder.path()).size(), 1u);
  EXPECT_EQ(track_f0(tone, 16000, config).f0_hz, plain.f0_hz);
}

TEST(SamplesSha256, IsThatOfTheFloats) {
  const std::vector<float> samples = {0, 1, -0.5F};
  EXPECT_EQ(sha256_of_samples(samples), sha256_of(std::string_view("\0\0\0\0\0\0\x80\x3f\0\0\0\xbf", 12)));
  EXPECT_EQ(sha256_of_samples({}), sha256_of(""));
}

}  // namespace
}  // namespace melomine::pitch
