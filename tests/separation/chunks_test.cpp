#include "separation/chunks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace melomine::separation {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;
using Samples = std::vector<float>;

Samples noise(size_t count) {
  RandomStream random({stream_id("chunks"), count});
  Samples samples(count);
  for (float& x : samples) x = static_cast<float>(random.uniform(-1, 1));
  return samples;
}

TEST(InChunks, WhatWorksSampleBySampleGivesTheSameAsOfTheWhole) {
  for (const size_t length : {1u, 9u, 10u, 11u, 19u, 100u, 1003u}) {
    for (const int64_t overlap : {0, 1, 3, 5}) {
      const Samples samples = noise(length);
      const Samples out = in_chunks(samples, 10, overlap, [](std::span<const float> chunk) {
        EXPECT_LE(chunk.size(), 10u);
        Samples doubled(chunk.begin(), chunk.end());
        for (float& x : doubled) x *= 2;
        return doubled;
      });
      Samples expected = samples;
      for (float& x : expected) x *= 2;
      EXPECT_THAT(out, Pointwise(FloatNear(1e-6f), expected)) << length << " " << overlap;
    }
  }
}

TEST(InChunks, ChunksAreOfOneLengthAndNeighboursShareAtLeastTheOverlap) {
  Samples samples(103);
  std::iota(samples.begin(), samples.end(), 0.0f);
  std::vector<int> starts;
  in_chunks(samples, 20, 5, [&](std::span<const float> chunk) {
    EXPECT_EQ(chunk.size(), 20u);
    starts.push_back(static_cast<int>(chunk.front()));
    return Samples(chunk.begin(), chunk.end());
  });
  ASSERT_EQ(starts.front(), 0);
  ASSERT_EQ(starts.back(), 83);
  for (size_t i = 1; i < starts.size(); ++i) EXPECT_LE(starts[i] - starts[i - 1], 15);
  EXPECT_EQ(starts.size(), 7u);  // ceil((103 - 20) / 15) + 1
}

TEST(InChunks, NeighboursFadeIntoEachOtherInAStraightLine) {
  // Chunk n gives n everywhere: [0, 6) and [2, 8) share four samples.
  float next = 0;
  const Samples out = in_chunks(Samples(8), 6, 3,
                                [&](std::span<const float> chunk) { return Samples(chunk.size(), next++); });
  EXPECT_THAT(out, ElementsAre(0, 0, 0.125f, 0.375f, 0.625f, 0.875f, 1, 1));
}

TEST(InChunks, RefusesWhatCannotBe) {
  const auto same = [](std::span<const float> chunk) { return Samples(chunk.begin(), chunk.end()); };
  EXPECT_THROW(in_chunks(Samples(3), 0, 0, same), ConfigError);
  EXPECT_THROW(in_chunks(Samples(3), 10, 6, same), ConfigError);
  EXPECT_THROW(in_chunks(Samples(3), 10, -1, same), ConfigError);
  EXPECT_THROW(in_chunks(Samples(3), 10, 1, [](std::span<const float>) { return Samples(2); }), DataError);
}

}  // namespace
}  // namespace melomine::separation
