#include "embedding/encoder_embedder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/random.h"

namespace melomine::embedding {
namespace {

std::shared_ptr<models::Encoder> small_encoder() {
  models::EncoderConfig config;
  config.width = 4;
  config.embedding_dim = 16;
  return models::make_encoder(config, 3);
}

dsp::AudioBuffer wandering_tone(double seconds) {
  dsp::AudioBuffer audio;
  double phase = 0;
  for (int i = 0; i < static_cast<int>(seconds * 16000); ++i) {
    const double t = i / 16000.0;
    phase += 2 * std::numbers::pi * (300 + 80 * std::sin(1.7 * t) + 40 * std::sin(5 * t)) / 16000;
    audio.samples.push_back(static_cast<float>(0.3 * std::sin(phase)));
  }
  return audio;
}

TEST(EncoderEmbedder, GivesAWindowEveryStepAndUnitRows) {
  EncoderEmbedder embedder(small_encoder(), {}, torch::kCPU, 7);
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

TEST(PropertyEmbedder, NeitherBatchSizeNorTrainingModeChangesTheFingerprints) {
  const auto encoder = small_encoder();
  encoder->train();
  EncoderEmbedder one(encoder, {}, torch::kCPU, 1), many(encoder, {}, torch::kCPU, 64);
  const auto audio = wandering_tone(6);
  const auto a = one.embed(audio), b = many.embed(audio);
  ASSERT_EQ(a.values.size(), b.values.size());
  for (size_t i = 0; i < a.values.size(); ++i) EXPECT_NEAR(a.values[i], b.values[i], 1e-4);
  EXPECT_TRUE(encoder->is_training());
}

TEST(PropertyEmbedder, AWindowsFingerprintIsThatOfTheSamePlaceCutOut) {
  // Window 8 begins at 2 s = frame 62.5; window 64 at 16 s = frame 500 exactly.
  EncoderEmbedder embedder(small_encoder(), {}, torch::kCPU);
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
  EncoderEmbedder embedder(small_encoder(), {}, torch::kCPU);
  EXPECT_THROW(embedder.embed({std::vector<float>(8000), 8000}), ShapeError);
}

}  // namespace
}  // namespace melomine::embedding
