#include "embedding/encoder_embedder.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "models/evaluation_mode.h"
#include "tests/embedding/made_sounds.h"
#include "tests/embedding/small_encoder.h"

namespace melomine::embedding {
namespace {

using testing::small_encoder;
using testing::wandering_tone;

TEST(EncoderEmbedder, GivesAWindowEveryStepAndUnitRows) {
  const EncoderEmbedder embedder(small_encoder(), {}, torch::kCPU, 7);
  EXPECT_EQ(embedder.embed(wandering_tone(1)).steps, 1);
  EXPECT_EQ(embedder.embed(wandering_tone(3)).steps, 1);
  EXPECT_EQ(embedder.embed(wandering_tone(3.25)).steps, 2);
  const auto sequence = embedder.embed(wandering_tone(8));
  EXPECT_EQ(sequence.steps, 21);
  EXPECT_EQ(sequence.dim, 16);
  EXPECT_DOUBLE_EQ(sequence.first_center_s, 1.5);
  for (int64_t t = 0; t < sequence.steps; ++t) {
    double norm = 0;
    for (const float v : sequence.row(t)) norm += v * v;
    EXPECT_NEAR(norm, 1, 1e-5);
  }
}

TEST(PropertyEmbedder, BatchSizeDoesNotChangeTheFingerprints) {
  const auto encoder = small_encoder();
  const EncoderEmbedder one(encoder, {}, torch::kCPU, 1), many(encoder, {}, torch::kCPU, 64);
  const auto audio = wandering_tone(6);
  const auto a = one.embed(audio), b = many.embed(audio);
  ASSERT_EQ(a.values.size(), b.values.size());
  for (size_t i = 0; i < a.values.size(); ++i) EXPECT_NEAR(a.values[i], b.values[i], 1e-4);
}

TEST(EncoderEmbedder, AnEncoderInTrainingIsLentByAGuardThatGivesItBack) {
  const auto encoder = small_encoder();
  const EncoderEmbedder embedder(encoder, {}, torch::kCPU);
  const auto audio = wandering_tone(4);
  const auto frozen = embedder.embed(audio);
  encoder->train();
  EXPECT_THROW(embedder.embed(audio), ConfigError) << "batch norm would learn from it";
  {
    const models::EvaluationMode evaluation(encoder);
    EXPECT_EQ(embedder.embed(audio).values, frozen.values);
  }
  EXPECT_TRUE(encoder->is_training());
  try {
    const models::EvaluationMode evaluation(encoder);
    embedder.embed({std::vector<float>(8000), 8000});
    FAIL() << "another sample rate was taken";
  } catch (const ShapeError&) {
    EXPECT_TRUE(encoder->is_training()) << "an error gives it back, too";
  }
}

TEST(PropertyEmbedder, TwoThreadsEmbedWhatOneDoes) {
  const EncoderEmbedder embedder(small_encoder(), {}, torch::kCPU, 8);
  const std::array audio{wandering_tone(6), wandering_tone(9)};
  const std::array alone{embedder.embed(audio[0]), embedder.embed(audio[1])};
  std::array<int, 2> differing{};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < audio.size(); ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < 6; ++round)
        if (embedder.embed(audio[i]).values != alone[i].values) ++differing[i];
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(differing, (std::array<int, 2>{0, 0}));
}

TEST(PropertyEmbedder, AWindowsFingerprintIsThatOfTheSamePlaceCutOut) {
  // Window 8 begins at 2 s = frame 62.5; window 64 at 16 s = frame 500 exactly.
  const EncoderEmbedder embedder(small_encoder(), {}, torch::kCPU);
  const auto audio = wandering_tone(22);
  const auto whole = embedder.embed(audio);
  dsp::AudioBuffer cut;
  cut.samples.assign(audio.samples.begin() + 16 * 16000, audio.samples.begin() + 19 * 16000);
  const auto part = embedder.embed(cut);
  double same = 0;
  for (int64_t d = 0; d < whole.dim; ++d) same += whole.row(64)[d] * part.row(0)[d];
  // The cut has silence where the whole has the neighbours' sound, which the CQT's long low wavelets see.
  EXPECT_GT(same, 0.95);
}

TEST(EncoderEmbedder, AnotherSampleRateIsAnError) {
  const EncoderEmbedder embedder(small_encoder(), {}, torch::kCPU);
  EXPECT_THROW(embedder.embed({std::vector<float>(8000), 8000}), ShapeError);
}

}  // namespace
}  // namespace melomine::embedding
