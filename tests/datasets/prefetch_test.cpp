#include "datasets/prefetch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "core/error.h"

namespace melomine::datasets {
namespace {

using std::chrono::milliseconds;

Batch numbered(int64_t step) {
  Batch batch;
  batch.step = step;
  batch.features = {static_cast<float>(step)};
  return batch;
}

TEST(PropertyPrefetch, BatchesComeInOrderForAnyNumberOfWorkers) {
  for (const int64_t workers : {1, 2, 4})
    for (const int64_t depth : {1, 3, 8}) {
      BatchPrefetcher prefetcher(
          [](int64_t step) {
            // Later steps finish first.
            std::this_thread::sleep_for(milliseconds(step % 3 == 0 ? 4 : 0));
            return numbered(step);
          },
          100, {.depth = depth, .workers = workers});
      for (int64_t step = 100; step < 130; ++step) {
        EXPECT_EQ(prefetcher.next_step(), step);
        EXPECT_EQ(prefetcher.next().step, step);
      }
    }
}

TEST(Prefetch, AtMostDepthBatchesAreMadeAhead) {
  std::atomic<int64_t> made = 0;
  BatchPrefetcher prefetcher(
      [&](int64_t step) {
        ++made;
        return numbered(step);
      },
      0, {.depth = 3, .workers = 2});
  const auto settles_at = [&](int64_t count) {
    for (int i = 0; i < 500 && made < count; ++i) std::this_thread::sleep_for(milliseconds(10));
    std::this_thread::sleep_for(milliseconds(30));  // time to make too many
    return made == count;
  };
  EXPECT_TRUE(settles_at(3));
  prefetcher.next();
  EXPECT_TRUE(settles_at(4));
}

TEST(Prefetch, WorkersWorkAtTheSameTime) {
  std::atomic<int> inside = 0;
  BatchPrefetcher prefetcher(
      [&](int64_t step) {
        ++inside;
        // Ends at once when three are here together, else after ten seconds.
        for (int i = 0; i < 1000 && inside < 3; ++i) std::this_thread::sleep_for(milliseconds(10));
        return numbered(inside >= 3 ? 1 : 0);
      },
      0, {.depth = 3, .workers = 3}, 3);
  EXPECT_EQ(prefetcher.next().step, 1);
}

TEST(Prefetch, AnErrorArrivesAtItsStepAndStays) {
  BatchPrefetcher prefetcher(
      [](int64_t step) {
        if (step == 5) throw DataError("shard.h5", "samples", "damaged");
        return numbered(step);
      },
      0, {.depth = 4, .workers = 2});
  for (int64_t step = 0; step < 5; ++step) EXPECT_EQ(prefetcher.next().step, step);
  EXPECT_THROW(prefetcher.next(), DataError);
  EXPECT_THROW(prefetcher.next(), DataError);
}

TEST(Prefetch, DestructionWaitsForWorkAndDropsTheRest) {
  std::atomic<int> begun = 0, ended = 0;
  const auto start = std::chrono::steady_clock::now();
  {
    BatchPrefetcher prefetcher(
        [&](int64_t step) {
          ++begun;
          std::this_thread::sleep_for(milliseconds(20));
          ++ended;
          return numbered(step);
        },
        0, {.depth = 500, .workers = 2});
    while (begun == 0) std::this_thread::yield();
  }
  EXPECT_EQ(begun, ended);
  EXPECT_LT(begun, 100);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(5000));
}

TEST(Prefetch, NothingIsMadePastTheEnd) {
  std::atomic<int64_t> last = -1;
  BatchPrefetcher prefetcher(
      [&](int64_t step) {
        last = std::max<int64_t>(last, step);
        return numbered(step);
      },
      7, {.depth = 8, .workers = 1}, 9);
  EXPECT_EQ(prefetcher.next().step, 7);
  EXPECT_EQ(prefetcher.next().step, 8);
  EXPECT_THROW(prefetcher.next(), ConfigError);
  EXPECT_EQ(last, 8);
}

TEST(Prefetch, SenselessSettingsAreRefused) {
  EXPECT_THROW(BatchPrefetcher(numbered, 0, {.depth = 0}), ConfigError);
  EXPECT_THROW(BatchPrefetcher(numbered, 0, {.depth = 1, .workers = -1}), ConfigError);
}

}  // namespace
}  // namespace melomine::datasets
