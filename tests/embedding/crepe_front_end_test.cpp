#include "embedding/crepe_front_end.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "configs/config.h"
#include "core/error.h"
#include "embedding/crepe_clips.h"
#include "embedding/crepe_embedder.h"
#include "embedding/load_embedder.h"
#include "embedding/model_config.h"
#include "models/checkpoint.h"
#include "pitch/activation_image.h"
#include "tests/embedding/made_sounds.h"
#include "tests/embedding/small_encoder.h"
#include "tests/pitch/crepe_files.h"
#include "tests/support/made_audio.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace melomine::embedding {
namespace {

using testing::small_encoder;
using testing::small_encoder_config;
using testing::TempFolder;
using testing::wandering_tone;

/// Weights at random: what is heard is no pitch, but it is the same each time.
class CrepeFrontEndTest : public ::testing::Test {
 protected:
  CrepeFrontEndTest() {
    testing::write_keras_file(folder_ / "weights.h5", testing::random_crepe_arrays(4));
    front_end_.weights = folder_ / "weights.h5";
    front_end_.voicing = 0;
    front_end_.min_voiced = 0;
  }
  CrepeEmbedder embedder(int64_t batch_size = 64) const {
    return {small_encoder(), front_end_, torch::kCPU, batch_size};
  }
  TempFolder folder_;
  CrepeFrontEnd front_end_;
};

/// Half notes of a tune.
std::vector<dsp::Note> half_notes(int transposition) {
  std::vector<dsp::Note> notes;
  for (const int pitch : {60, 64, 67, 65, 62, 59, 60, 55, 57, 60})
    notes.push_back({0.5 * static_cast<double>(notes.size()), 0.5 * static_cast<double>(notes.size() + 1),
                     static_cast<double>(pitch + transposition)});
  return notes;
}

double similarity(const retrieval::FingerprintSequence& a, const retrieval::FingerprintSequence& b) {
  double sum = 0;
  const int64_t steps = std::min(a.steps, b.steps);
  for (int64_t t = 0; t < steps; ++t)
    for (int64_t d = 0; d < a.dim; ++d) sum += a.row(t)[d] * b.row(t)[d];
  return sum / static_cast<double>(steps);
}

TEST_F(CrepeFrontEndTest, GivesAWindowEveryStep) {
  const auto model = embedder(7);
  EXPECT_EQ(model.embed(wandering_tone(1)).steps, 1);
  EXPECT_EQ(model.embed(wandering_tone(3)).steps, 1);
  EXPECT_EQ(model.embed(wandering_tone(3.25)).steps, 2);
  const auto z = model.embed(wandering_tone(6));
  EXPECT_EQ(z.steps, 13);
  EXPECT_DOUBLE_EQ(z.first_center_s, 1.5);
  EXPECT_TRUE(z.voiced.empty());
  const auto at_once = embedder(64).embed(wandering_tone(6));
  for (size_t i = 0; i < z.values.size(); ++i) EXPECT_NEAR(z.values[i], at_once.values[i], 1e-4);
  EXPECT_EQ(model.hear(wandering_tone(6))->embed(2).steps, 1) << "3 s are left at twice the tempo";
}

TEST_F(CrepeFrontEndTest, NotesAreDrawnAndAnyKeyIsTheSame) {
  const auto model = embedder();
  const auto a = model.read(half_notes(0))->embed(1), b = model.read(half_notes(-5))->embed(1);
  ASSERT_EQ(a.steps, 8);  // 4.99 s
  EXPECT_GT(similarity(a, b), 0.999);
  EXPECT_TRUE(model.read(half_notes(0))->has_pitch());
  EXPECT_FALSE(model.read({})->has_pitch());
  EXPECT_EQ(model.read({})->embed(1).steps, 1);
}

TEST_F(CrepeFrontEndTest, WindowsThatAreHardlySungCountForNothing) {
  front_end_.min_voiced = 0.5;
  front_end_.voicing = 0.5;
  const auto z = embedder().read(std::vector<dsp::Note>{{0, 2, 60}, {8, 10, 62}})->embed(1);
  ASSERT_EQ(z.voiced.size(), static_cast<size_t>(z.steps));
  EXPECT_EQ(z.voiced.front(), 1);
  EXPECT_EQ(z.voiced[12], 0);  // 3 to 6 s
  for (const float value : z.row(12)) EXPECT_EQ(value, 0);
  EXPECT_EQ(z.voiced.back(), 1);
}

TEST_F(CrepeFrontEndTest, ClipsOfRecordingsAreWhatIsEmbedded) {
  front_end_.hears = CrepeHears::kRecordings;
  front_end_.cache = folder_ / "cache";
  const auto audio = wandering_tone(5);
  const auto view = crepe_clips(front_end_);
  EXPECT_EQ(view.images->rows(), 80);
  EXPECT_EQ(view.images->columns(), 75);
  EXPECT_EQ(view.images->window_frames(), 300);
  ASSERT_NE(view.recorded, nullptr);
  const std::map<std::string, std::vector<float>> recordings = {{"r", audio.samples}};
  view.recorded->hear({"r"}, testing::reader_of(recordings));
  std::vector<float> recorded(80 * 75), listened(80 * 75);
  const auto compare = [&](int64_t start) {
    std::vector<int64_t> places;
    for (int64_t t = 0; t < 300; ++t) places.push_back((start + t) * 160);
    view.recorded->draw("r", places, recorded);
    const pitch::CrepeEar ear(front_end_.weights, {});
    pitch::draw_activation(ear.listen(audio.samples, 16000), start, 75, front_end_.voicing, listened);
    EXPECT_EQ(recorded, listened) << start;
  };
  for (const int64_t start : {0, 60, 130, 300, -70}) compare(start);
  view.recorded->draw("r", std::vector<int64_t>(300, datasets::kNoPlace), recorded);
  for (const float value : recorded) EXPECT_EQ(value, 0);
  view.images->draw(audio.samples, 60, listened);
  compare(60);
}

TEST_F(CrepeFrontEndTest, ASavedModelEmbedsTheSame) {
  ModelConfig config{small_encoder_config(), FrontEndChoice("crepe", front_end_)};
  config.front_end->window().step_s = 0.5;
  models::Checkpoint content{models::module_state(*small_encoder()), {}};
  models::Checkpoint saved;
  for (const auto& [name, tensor] : content.tensors) saved.tensors["encoder." + name] = tensor;
  saved.metadata[kModelKey] = configs::to_yaml(config);
  models::save_checkpoint(folder_ / "model.safetensors", saved);
  const auto loaded = load_embedder(folder_ / "model.safetensors", "cpu");
  EXPECT_EQ(loaded->hop_s(), 0.5);
  front_end_.window.step_s = 0.5;
  const auto audio = wandering_tone(5);
  EXPECT_EQ(loaded->embed(audio).values, embedder().embed(audio).values);
}

TEST_F(CrepeFrontEndTest, IsReadStrictlyAndWrittenWhole) {
  const std::string yaml =
      "front_end: {type: crepe, weights: w.h5, hears: recordings, cache: c, voicing: 0.4, min_voiced: 0.1, "
      "window: {length_s: 8, step_s: 0.64}}";
  const auto config = configs::parse_config<ModelConfig>(yaml, "t.yaml");
  const auto& crepe = config.front_end.settings<CrepeFrontEnd>();
  EXPECT_EQ(crepe.hears, CrepeHears::kRecordings);
  EXPECT_EQ(crepe.cache, "c");
  EXPECT_EQ(window_columns(crepe), 200);
  const std::string written = configs::to_yaml(config);
  EXPECT_EQ(configs::to_yaml(configs::parse_config<ModelConfig>(written, "t.yaml")), written);
  for (const char* wrong :
       {"{type: crepe}", "{type: crepe, weights: w.h5, hears: recordings}",
        "{type: crepe, weights: w, f0: {}}", "{type: crepe, weights: w.h5, window: {length_s: 0.01}}",
        "{type: crepe, weights: w.h5, voicing: 2}"})
    EXPECT_THROW(configs::parse_config<ModelConfig>(std::string("front_end: ") + wrong, "t.yaml"),
                 ConfigError)
        << wrong;
}

TEST_F(CrepeFrontEndTest, AnEncoderInTrainingIsRefused) {
  const auto encoder = small_encoder();
  encoder->train();
  EXPECT_THROW(CrepeEmbedder(encoder, front_end_, torch::kCPU).embed(pitch::Activation{}), ConfigError);
}

TEST(GoldenCrepeFrontEnd, SoundIsSeenAsItsNotesAre) {
  const auto weights = testing::shared_data() / "f0/crepe_model-tiny.h5";
  MELOMINE_REQUIRE_PATH(weights);
  const auto notes = half_notes(3);
  dsp::AudioBuffer audio;
  double phase = 0;
  for (const dsp::Note& note : notes)
    for (int i = 0; i < 8000; ++i) {
      phase += 2 * std::numbers::pi * 440 * std::exp2((note.pitch_midi - 69) / 12) / 16000;
      audio.samples.push_back(static_cast<float>(0.3 * std::sin(phase) + 0.1 * std::sin(2 * phase)));
    }
  const CrepeEmbedder model(small_encoder(), {.weights = weights}, torch::kCPU);
  std::vector<dsp::Note> other = half_notes(0);
  for (size_t i = 0; i < other.size(); ++i) other[i].pitch_midi = 60 + static_cast<double>(i % 3);
  const auto heard = model.embed(audio);
  const double same = similarity(heard, model.read(half_notes(0))->embed(1));
  EXPECT_GT(same, 0.95);
  EXPECT_GT(1 - similarity(heard, model.read(other)->embed(1)), 4 * (1 - same));
}

}  // namespace
}  // namespace melomine::embedding
