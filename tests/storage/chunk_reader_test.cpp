#include "storage/chunk_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "tests/support/temp_folder.h"

namespace melomine::storage::hdf5 {
namespace {

using melomine::testing::TempFolder;
using ::testing::HasSubstr;

std::vector<int16_t> noise(size_t count) {
  RandomStream random({3});
  std::vector<int16_t> values(count);
  for (int16_t& value : values) value = static_cast<int16_t>(random.bits());
  return values;
}

constexpr hsize_t kChunk = 1000;
const Layout kChecked{.shape = {0}, .chunk = {kChunk}, .checksum = true, .extendible = true};

template <class T>
void write(const std::filesystem::path& path, const std::vector<T>& values, Layout layout) {
  File file = File::create(path);
  if (!layout.extendible) layout.shape = {values.size()};
  Dataset set = file.create_dataset<T>("samples", layout);
  if (layout.extendible)
    set.template append<T>(values);
  else
    set.template write_all<T>(values);
  file.flush();
}

std::unique_ptr<ChunkReader> reader_of(const std::filesystem::path& path) {
  File file = File::open(path);
  Dataset samples = file.open_dataset("samples");
  return std::make_unique<ChunkReader>(std::move(file), std::move(samples));
}

std::vector<int16_t> part(const ChunkReader& reader, size_t start, size_t count) {
  std::vector<int16_t> out(count);
  reader.read(start, out);
  return out;
}

TEST(ChunkReader, ManyThreadsReadAtOnceWhatWasWritten) {
  const TempFolder folder;
  const std::vector<int16_t> values = noise(12'345);
  write(folder / "a.h5", values, kChecked);
  const auto reader = reader_of(folder / "a.h5");
  ASSERT_EQ(reader->size(), values.size());
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      RandomStream random({t});
      for (int i = 0; i < 300; ++i) {
        const auto start = static_cast<size_t>(random.integer(12'345));
        const auto count = static_cast<size_t>(random.integer(static_cast<int64_t>(12'346 - start)));
        if (!std::ranges::equal(part(*reader, start, count), std::span(values).subspan(start, count)))
          ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_THROW(part(*reader, 12'000, 346), DataError);
}

TEST(ChunkReader, FindsChunksThatLieApartAndChunksThatAreAlike) {
  const TempFolder folder;
  std::vector<int16_t> values = noise(40 * kChunk);
  for (size_t alike : {3, 17, 18, 30}) std::fill_n(values.begin() + alike * kChunk, kChunk, int16_t{7});
  {
    File file = File::create(folder / "a.h5");
    Dataset samples = file.create_dataset<int16_t>("samples", kChecked);
    for (size_t chunk = 0; chunk < 40; ++chunk) {
      samples.append<int16_t>(std::span(values).subspan(chunk * kChunk, kChunk));
      file.flush();
      if (chunk % 5 == 2) {
        Dataset other = file.create_dataset<int16_t>("other " + std::to_string(chunk), {.shape = {chunk}});
        other.write_all<int16_t>(std::span(values).first(chunk));
      }
    }
    file.flush();
  }
  RandomStream random({11});
  for (int order = 0; order < 10; ++order) {
    const auto reader = reader_of(folder / "a.h5");
    for (int i = 0; i < 120; ++i) {
      const auto start = static_cast<size_t>(random.integer(39 * kChunk));
      const auto wanted = std::span(values).subspan(start, kChunk);
      ASSERT_TRUE(std::ranges::equal(part(*reader, start, kChunk), wanted)) << order << ", " << start;
    }
  }
}

TEST(ChunkReader, WaitsForNobodyInHdf5) {
  const TempFolder folder;
  const std::vector<int16_t> values = noise(5'000);
  write(folder / "a.h5", values, kChecked);
  const auto reader = reader_of(folder / "a.h5");
  EXPECT_EQ(part(*reader, 0, 5'000), values);  // from here on it knows where the chunks lie
  const Lock lock;
  auto read = std::async(std::launch::async, [&] { return part(*reader, 0, 5'000); });
  ASSERT_EQ(read.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(read.get(), values);
}

TEST(ChunkReader, OtherLayoutsAreReadByHdf5) {
  const TempFolder folder;
  const std::vector<int16_t> values = noise(2'500);
  write(folder / "contiguous.h5", values, {});
  write(folder / "unchecked.h5", values, {.shape = {0}, .chunk = {kChunk}, .extendible = true});
  write(folder / "wide.h5", std::vector<int32_t>{1, -2, 30'000}, kChecked);
  EXPECT_EQ(part(*reader_of(folder / "contiguous.h5"), 700, 1'800),
            (std::vector(values.begin() + 700, values.end())));
  EXPECT_EQ(part(*reader_of(folder / "unchecked.h5"), 700, 1'800),
            (std::vector(values.begin() + 700, values.end())));
  EXPECT_EQ(part(*reader_of(folder / "wide.h5"), 0, 3), (std::vector<int16_t>{1, -2, 30'000}));
}

TEST(ChunkReader, AChunkThatChangedIsRefusedAndTheOthersAreRead) {
  const TempFolder folder;
  const std::vector<int16_t> values = noise(3'000);
  write(folder / "a.h5", values, kChecked);
  std::string bytes = read_file(folder / "a.h5");
  const std::string chunk(reinterpret_cast<const char*>(values.data() + kChunk), 2 * kChunk);
  const size_t place = bytes.find(chunk);
  ASSERT_NE(place, std::string::npos);
  bytes[place + 77] = static_cast<char>(bytes[place + 77] ^ 4);
  std::ofstream(folder / "a.h5", std::ios::binary) << bytes;
  const auto reader = reader_of(folder / "a.h5");
  EXPECT_EQ(part(*reader, 0, kChunk), (std::vector(values.begin(), values.begin() + kChunk)));
  EXPECT_EQ(part(*reader, 2 * kChunk, kChunk), (std::vector(values.begin() + 2 * kChunk, values.end())));
  try {
    part(*reader, 1'500, 10);
    FAIL() << "the damage was not seen";
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(), HasSubstr("a.h5"));
  }
}

TEST(ChunkReader, FletchersSumsAreThoseOfTheDefinition) {
  RandomStream random({5});
  for (const size_t count : {size_t{0}, size_t{1}, size_t{255}, size_t{256}, size_t{257}, size_t{65'536}})
    for (const uint64_t mask : {uint64_t{0}, uint64_t{0xFFFF}, uint64_t{0x00FF}}) {
      std::vector<uint16_t> words(count);
      for (uint16_t& word : words) word = static_cast<uint16_t>(mask == 0xFFFF ? random.bits() : mask);
      uint32_t first = 0, second = 0;  // ones' complement sums
      const auto added = [](uint32_t a, uint32_t b) { return a + b > 0xFFFF ? a + b - 0xFFFF : a + b; };
      for (const uint16_t word : words) {
        first = added(first, static_cast<uint16_t>(word << 8 | word >> 8));
        second = added(second, first);
      }
      EXPECT_EQ(fletcher32(words), second << 16 | first) << count << " words";
    }
}

}  // namespace
}  // namespace melomine::storage::hdf5
