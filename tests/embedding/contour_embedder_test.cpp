#include "embedding/contour_embedder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "core/error.h"
#include "embedding/front_end_kind.h"
#include "models/contour_cnn.h"

namespace melomine::embedding {
namespace {

using dsp::Note;

/// Quarter notes of 0.5 s, of which each fourth is a rest where `rests`.
std::vector<Note> tune(int transposition = 0, bool rests = false) {
  std::vector<Note> notes;
  const std::vector<int> pitches = {60, 62, 64, 60, 64, 65, 67, 69, 67, 65, 64, 60, 62, 60, 59, 60};
  for (size_t i = 0; i < pitches.size(); ++i)
    if (!rests || i % 4 != 3)
      notes.push_back({0.5 * static_cast<double>(i), 0.5 * static_cast<double>(i + 1),
                       static_cast<double>(pitches[i] + transposition)});
  return notes;
}

dsp::AudioBuffer tones(const std::vector<Note>& notes) {
  dsp::AudioBuffer audio;
  audio.samples.assign(static_cast<size_t>(16000 * notes.back().end_s), 0.0f);
  double phase = 0;
  for (const Note& note : notes) {
    const double step = 2 * std::numbers::pi * 440 * std::exp2((note.pitch_midi - 69) / 12) / 16000;
    for (auto i = static_cast<size_t>(16000 * note.start_s); i < static_cast<size_t>(16000 * note.end_s);
         ++i) {
      phase += step;
      audio.samples[i] = static_cast<float>(0.3 * std::sin(phase) + 0.1 * std::sin(2 * phase));
    }
  }
  return audio;
}

std::shared_ptr<models::Encoder> contour_encoder() {
  auto encoder = std::make_shared<models::ContourCnn>(models::ContourCnnConfig{.width = 4},
                                                      models::EncoderShape{1, 16}, 3);
  encoder->eval();
  return encoder;
}

ContourEmbedder embedder_of(const ContourFrontEnd& front_end, int64_t batch_size = 64) {
  return {contour_encoder(), front_end, torch::kCPU, batch_size};
}

TEST(ContourEmbedder, GivesAWindowEveryStepOfSungTime) {
  const auto embedder = embedder_of({});
  const auto z = embedder.embed(embedder.contour_of(tune()));  // 8 s
  EXPECT_EQ(z.steps, 1 + 26);                                  // (8 - 2.8) / 0.2
  EXPECT_DOUBLE_EQ(z.first_center_s, 1.4);
  EXPECT_DOUBLE_EQ(z.hop_s, 0.2);
  EXPECT_TRUE(z.voiced.empty());
  const auto sung = embedder.embed(embedder.contour_of(tune(0, true)));  // 6 s are sung
  EXPECT_EQ(sung.steps, 1 + 16);
  EXPECT_EQ(embedder.embed(dsp::Contour{}).steps, 1) << "nothing at all is one window, padded";
}

TEST(ContourEmbedder, AnyKeyIsTheSameMelody) {
  const auto embedder = embedder_of({});
  const auto a = embedder.embed(embedder.contour_of(tune())),
             b = embedder.embed(embedder.contour_of(tune(-7)));
  ASSERT_EQ(a.values.size(), b.values.size());
  for (size_t i = 0; i < a.values.size(); ++i) EXPECT_NEAR(a.values[i], b.values[i], 1e-5);
  ContourFrontEnd fixed;
  fixed.view.origin = dsp::PitchOrigin::kFixed;
  const auto in_key = embedder_of(fixed);
  EXPECT_NE(in_key.embed(in_key.contour_of(tune())).values, in_key.embed(in_key.contour_of(tune(-7))).values);
}

TEST(ContourEmbedder, HearsInSoundWhatItReadsInNotes) {
  const auto embedder = embedder_of({});
  const auto read = embedder.embed(embedder.contour_of(tune()));
  const auto heard = embedder.embed(tones(tune()));
  double same = 0;
  const int64_t steps = std::min(read.steps, heard.steps);
  for (int64_t t = 0; t < steps; ++t)
    for (int64_t d = 0; d < read.dim; ++d) same += read.row(t)[d] * heard.row(t)[d];
  EXPECT_GT(same / static_cast<double>(steps), 0.9);
}

TEST(ContourEmbedder, WindowsThatAreHardlySungCountForNothingWhereRestsStay) {
  auto notes = tune();
  std::erase_if(notes, [](const Note& note) { return note.start_s >= 2 && note.start_s < 6; });
  ContourFrontEnd front_end;
  front_end.view.rests = dsp::Rests::kHold;
  const auto embedder = embedder_of(front_end);
  const auto z = embedder.embed(embedder.contour_of(notes));
  ASSERT_EQ(z.steps, 27);
  ASSERT_EQ(z.voiced.size(), 27u);
  EXPECT_EQ(z.voiced.front(), 1);
  EXPECT_EQ(z.voiced[13], 0);  // 2.6 to 5.4 s
  EXPECT_EQ(z.voiced.back(), 1);
  for (const float value : z.row(13)) EXPECT_EQ(value, 0);
  front_end.min_voiced = 0;
  EXPECT_TRUE(embedder_of(front_end).embed(embedder.contour_of(notes)).voiced.empty());
}

TEST(PropertyContourEmbedder, BatchSizeDoesNotChangeTheFingerprints) {
  const auto one = embedder_of({}, 1), many = embedder_of({}, 512);
  const auto contour = one.contour_of(tune());
  const auto a = one.embed(contour), b = many.embed(contour);
  for (size_t i = 0; i < a.values.size(); ++i) EXPECT_NEAR(a.values[i], b.values[i], 1e-5);
}

TEST(ContourEmbedder, AnEncoderInTrainingIsRefused) {
  const auto encoder = contour_encoder();
  encoder->train();
  const ContourEmbedder embedder(encoder, {}, torch::kCPU);
  EXPECT_THROW(embedder.embed(embedder.contour_of(tune())), ConfigError);
}

TEST(FrontEndKind, TheContourMakesAnEmbedderOfMelodies) {
  FrontEndChoice choice("contour");
  choice->window().step_s = 0.5;
  const auto embedder = choice->make_embedder(contour_encoder(), "cpu");
  EXPECT_NE(dynamic_cast<const retrieval::MelodyEmbedder*>(embedder.get()), nullptr);
  EXPECT_EQ(embedder->hop_s(), 0.5);
  EXPECT_EQ(FrontEndChoice("image").settings<datasets::FrontEnd>().window.length_s, 3) << "the default";
}

}  // namespace
}  // namespace melomine::embedding
