#include "datasets/audio_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <thread>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "core/sha256.h"
#include "datasets/audio_shard.h"
#include "storage/hdf5.h"
#include "tests/support/temp_folder.h"

namespace melomine::datasets {
namespace {

using melomine::testing::TempFolder;
using ::testing::HasSubstr;
using Samples = std::vector<int16_t>;

Samples noise(uint64_t seed, int64_t count) {
  RandomStream random({seed, stream_id("samples")});
  Samples samples(static_cast<size_t>(count));
  for (int16_t& s : samples) s = static_cast<int16_t>(random.integer(65536) - 32768);
  return samples;
}

StoredRecording named(const std::string& id) {
  StoredRecording stored;
  stored.recording = {id, "song " + id, RecordingKind::kCover, id + ".flac", "Tïtle, \"" + id + "\"",
                      "", "yt"};
  stored.source_sha256 = sha256_of(id);
  return stored;
}

/// Two shards with recordings of awkward lengths; `samples[i]` is what recording i holds.
class Store : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::vector<int64_t> lengths = {1, 65535, 65537, 200000, 131072, 3};
    for (size_t i = 0; i < lengths.size(); ++i) samples_.push_back(noise(i, lengths[i]));
    for (size_t shard = 0; shard < 2; ++shard) {
      AudioShardWriter writer(folder_ / shard_file_name(static_cast<int64_t>(shard)), 16000);
      for (size_t i = 3 * shard; i < 3 * shard + 3; ++i) {
        writer.append(samples_[i]);
        writer.finish_recording(named("r" + std::to_string(i)));
      }
      writer.commit();
    }
  }
  TempFolder folder_;
  std::vector<Samples> samples_;
};

TEST_F(Store, WholeRecordingsComeBackWithWhatIsKnownOfThem) {
  const AudioStore store(folder_.path());
  EXPECT_EQ(store.sample_rate_hz(), 16000);
  ASSERT_EQ(store.size(), samples_.size());
  for (size_t i = 0; i < store.size(); ++i) {
    const auto expected = named("r" + std::to_string(i));
    EXPECT_EQ(store.find(expected.recording.recording_id), static_cast<int64_t>(i));
    EXPECT_EQ(store.at(i).recording.title, expected.recording.title);
    EXPECT_EQ(store.at(i).recording.artist, "");
    EXPECT_EQ(store.at(i).recording.kind, RecordingKind::kCover);
    EXPECT_EQ(store.at(i).source_sha256, expected.source_sha256);
    const auto audio = store.read_all(i);
    ASSERT_EQ(audio.size(), samples_[i].size());
    for (size_t n = 0; n < audio.size(); ++n)
      ASSERT_EQ(audio[n], static_cast<float>(samples_[i][n]) / 32768.0f) << i << " " << n;
  }
  EXPECT_EQ(store.find("r6"), -1);
}

TEST_F(Store, PropertyWindowsEqualTheWholeWithZerosAround) {
  const AudioStore store(folder_.path());
  RandomStream random({7, stream_id("windows")});
  for (int trial = 0; trial < 500; ++trial) {
    const auto i = static_cast<size_t>(random.integer(static_cast<int64_t>(store.size())));
    const int64_t length = store.at(i).length_samples;
    const int64_t start = random.integer(length + 2000) - 1000, count = random.integer(50000);
    const auto window = store.read(i, start, count);
    ASSERT_EQ(window.size(), static_cast<size_t>(count));
    for (int64_t n = 0; n < count; ++n) {
      const int64_t at = start + n;
      const float expected =
          at < 0 || at >= length ? 0.0f : static_cast<float>(samples_[i][static_cast<size_t>(at)]) / 32768.0f;
      ASSERT_EQ(window[static_cast<size_t>(n)], expected) << i << " " << start << " " << n;
    }
  }
}

TEST_F(Store, ManyThreadsReadAtOnce) {
  const AudioStore store(folder_.path());
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int n = 0; n < 200; ++n) {
        const int64_t start = 1000 * t + n;
        if (store.read(3, start, 500)[499] !=
            static_cast<float>(samples_[3][static_cast<size_t>(start + 499)]) / 32768.0f)
          ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(AudioStore, OfManyShardsFewAreOpenAtOnce) {
  const TempFolder folder;
  constexpr int kShards = 400;
  for (int i = 0; i < kShards; ++i) {
    AudioShardWriter writer(folder / shard_file_name(i), 16000);
    writer.append(Samples(3, static_cast<int16_t>(i)));
    writer.finish_recording(named("r" + std::to_string(i)));
    writer.commit();
  }
  const auto open_files = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  const auto before = open_files();
  const AudioStore store(folder.path());
  EXPECT_LE(open_files(), before + 1);
  std::atomic<int> wrong = 0;
  const auto read_all = [&](int first, int step) {
    for (int i = first; 0 <= i && i < kShards; i += step)
      if (store.read_all(static_cast<size_t>(i))[2] != static_cast<float>(i) / 32768.0f) ++wrong;
  };
  std::thread forth([&] { read_all(0, 1); }), back([&] { read_all(kShards - 1, -1); });
  forth.join();
  back.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(open_files(), before + 300);
}

TEST_F(Store, ADamagedChunkIsNamedAndLeavesTheOthersReadable) {
  const auto path = folder_ / shard_file_name(1);
  std::string bytes = read_file(path);
  const std::string needle(reinterpret_cast<const char*>(samples_[4].data() + 70000), 64);
  const size_t position = bytes.find(needle);
  ASSERT_NE(position, std::string::npos);
  bytes[position] = static_cast<char>(bytes[position] ^ 1);
  write_file_atomically(path, bytes);
  const AudioStore store(folder_.path());
  try {
    store.read(4, 60000, 20000);
    FAIL() << "a flipped bit went unnoticed";
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(), HasSubstr("shard-00001.h5"));
    EXPECT_THAT(e.what(), HasSubstr("recording r4"));
    EXPECT_THAT(e.what(), HasSubstr("hecksum"));
  }
  EXPECT_EQ(store.read_all(0).size(), samples_[0].size());
  EXPECT_EQ(store.read(3, 0, 1000).size(), 1000u);
  const auto damage = AudioShard(path).damage();
  ASSERT_FALSE(damage.empty());
  EXPECT_THAT(damage.front(), HasSubstr("r4"));
  EXPECT_TRUE(AudioShard(folder_ / shard_file_name(0)).damage().empty());
}

TEST_F(Store, TheBytesDoNotDependOnThePiecesWritten) {
  AudioShardWriter writer(folder_ / "again.h5", 16000);
  RandomStream random({1, 2});
  for (size_t i = 0; i < 3; ++i) {
    std::span<const int16_t> rest(samples_[i]);
    while (!rest.empty()) {
      const auto count = std::min(rest.size(), static_cast<size_t>(1 + random.integer(70000)));
      writer.append(rest.first(count));
      rest = rest.subspan(count);
    }
    writer.finish_recording(named("r" + std::to_string(i)));
  }
  writer.commit();
  EXPECT_EQ(sha256_of_file(folder_ / "again.h5"), sha256_of_file(folder_ / shard_file_name(0)));
}

TEST_F(Store, RefusesFoldersThatAreNoStore) {
  const TempFolder empty;
  EXPECT_THROW(AudioStore(empty.path()), DataError);
  EXPECT_THROW(AudioStore(empty / "absent"), DataError);
  std::filesystem::remove(folder_ / shard_file_name(0));
  EXPECT_THROW(AudioStore(folder_.path()), DataError);
  auto file = storage::hdf5::File::create(folder_ / shard_file_name(0));
  file.set_attribute("format", std::string("something else"));
  file.flush();
  EXPECT_THROW(AudioStore(folder_.path()), DataError);
}

TEST_F(Store, RefusesAnUnknownVersionAndATruncatedFile) {
  auto file = storage::hdf5::File::create(folder_ / "new.h5");
  file.set_attribute("format", std::string(kAudioShardFormat));
  file.set_attribute("schema_version", kAudioShardVersion + 1);
  file.flush();
  EXPECT_THROW(AudioShard(folder_ / "new.h5"), DataError);
  std::filesystem::resize_file(folder_ / shard_file_name(1), 100000);
  EXPECT_THROW(AudioStore(folder_.path()), DataError);
}

TEST_F(Store, RefusesMixedSampleRates) {
  AudioShardWriter writer(folder_ / shard_file_name(2), 8000);
  writer.append(noise(9, 10));
  writer.finish_recording(named("other"));
  writer.commit();
  EXPECT_THROW(AudioStore(folder_.path()), DataError);
}

TEST_F(Store, AnUncommittedShardLeavesNothing) {
  {
    AudioShardWriter writer(folder_ / shard_file_name(2), 16000);
    writer.append(noise(9, 100000));
  }
  EXPECT_EQ(AudioStore(folder_.path()).size(), samples_.size());
  EXPECT_FALSE(std::filesystem::exists(folder_ / (shard_file_name(2) + ".tmp")));
}

}  // namespace
}  // namespace melomine::datasets
