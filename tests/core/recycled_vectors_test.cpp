#include "core/recycled_vectors.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

namespace melomine {
namespace {

TEST(RecycledVectors, WhatNobodyHoldsIsTakenAgainAndGrows) {
  const RecycledVectors<int> vectors;
  const int* memory = nullptr;
  {
    const auto one = vectors.take(1000);
    EXPECT_EQ(one->size(), 1000u);
    memory = one->data();
    EXPECT_NE(vectors.take(1000)->data(), memory) << "it is held";
  }
  EXPECT_EQ(vectors.take(10)->data(), memory);
  EXPECT_EQ(vectors.take(10)->size(), 1000u) << "at least so many";
  EXPECT_GE(vectors.take(5000)->size(), 5000u);
}

TEST(RecycledVectors, AVectorMayOutliveThem) {
  std::optional<RecycledVectors<int>> vectors(std::in_place);
  const auto kept = vectors->take(3);
  vectors.reset();
  kept->at(2) = 7;
  EXPECT_EQ(kept->at(2), 7);
}

TEST(RecycledVectors, ManyThreadsNeverHoldTheSame) {
  const RecycledVectors<int> vectors;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const auto own = vectors.take(16);
        for (int& value : *own) value = t;
        for (const int value : *own) wrong += value != t;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace melomine
