#include "trainer/trainer.h"

#include "embedding/saved_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"
#include "tests/trainer/small_model.h"
#include "tests/trainer/striped_batch.h"
#include "trainer/checkpoint_folder.h"

namespace melomine::trainer {
namespace {

TrainConfig short_training(double length) {
  TrainConfig config;
  config.length = steps(length);
  config.checkpoint_every = steps(3);
  config.log_every = steps(2);
  return config;
}

Learner make_learner(const TrainConfig& config, const losses::LossConfig& loss = {}) {
  return Learner(models::make_encoder(small_model().encoder, 5),
                 std::make_shared<losses::WeightedLosses>(std::vector<losses::LossConfig>{loss},
                                                          losses::LossContext{16, 4, 2, 5}),
                 config);
}

TrainingData striped_data() {
  TrainingData data;
  data.make_batch = [](int64_t step) { return striped_batch(step); };
  data.steps_per_epoch = 4;
  return data;
}

TrainingResult run(const TrainConfig& config, const TrainingData& data, const std::filesystem::path& folder) {
  RunObserver silent;
  Learner learner = make_learner(config);
  return train(learner, small_model(), config, data, folder, silent);
}

TEST(Trainer, LearnsToTellStripesApart) {
  const testing::TempFolder folder;
  RunObserver silent;
  const TrainConfig config = short_training(40);
  Learner learner = make_learner(config);
  const double before = learner.step(striped_batch(0), 1).loss;
  train(learner, small_model(), config, striped_data(), folder.path(), silent);
  EXPECT_LT(learner.step(striped_batch(0), 1).loss, before - 1);
}

TEST(Trainer, LossesSeeWhichClipsMayHoldTheSameMelody) {
  const TrainConfig config = short_training(1);
  losses::LossConfig loss;
  const double usual = make_learner(config, loss).step(striped_batch(0), 1).loss;
  EXPECT_NE(usual, 0);
  loss.miner.rule.negatives = losses::Negatives::kOtherStretches;
  EXPECT_EQ(make_learner(config, loss).step(striped_batch(0), 1).loss, usual) << "no two groups are the same";
  datasets::Batch one_melody = striped_batch(0);
  std::fill(one_melody.same_melody.begin(), one_melody.same_melody.end(), 1);
  EXPECT_EQ(make_learner(config, loss).step(one_melody, 1).loss, 0) << "nothing is a negative";
}

TEST(Trainer, LossesSeeWhichClipsAreOfOneRecording) {
  const TrainConfig config = short_training(1);
  losses::LossConfig loss;
  loss.loss.choose("clews");
  const double usual = make_learner(config, loss).step(striped_batch(0), 1).loss;
  datasets::Batch untold = striped_batch(0), one_a_song = striped_batch(0);
  for (size_t i = 0; i < 8; ++i) one_a_song.recordings[i] = one_a_song.songs[i];
  EXPECT_NE(make_learner(config, loss).step(one_a_song, 1).loss, usual) << "no recording has another version";
  untold.recordings.clear();
  EXPECT_THROW(make_learner(config, loss).step(untold, 1), ShapeError);
}

TEST(CrashTrainer, InterruptedAtAnyStepItEndsWithTheSameBytes) {
  const testing::TempFolder whole, pieces;
  run(short_training(10), striped_data(), whole.path());
  for (const int64_t stop_after : {1, 4, 5, 8}) {
    TrainingData data = striped_data();
    data.prefetch.depth = 1;
    data.prefetch.workers = 1;
    data.make_batch = [&](int64_t step) -> datasets::Batch {
      if (step > stop_after) throw DataError("planted", "", "stop");
      return striped_batch(step);
    };
    EXPECT_THROW(run(short_training(10), data, pieces.path()), DataError);
  }
  run(short_training(10), striped_data(), pieces.path());
  EXPECT_EQ(read_file(whole / "last.safetensors"), read_file(pieces / "last.safetensors"));
}

TEST(Trainer, CancelledItSavesAndGoesOnWithTheSameResult) {
  const testing::TempFolder whole, pieces;
  run(short_training(7), striped_data(), whole.path());
  set_cancellation_requested(true);
  EXPECT_THROW(run(short_training(7), striped_data(), pieces.path()), Cancelled);
  set_cancellation_requested(false);
  EXPECT_TRUE(std::filesystem::exists(pieces / "last.safetensors"));
  EXPECT_EQ(run(short_training(7), striped_data(), pieces.path()).progress.step, 7);
  EXPECT_EQ(read_file(whole / "last.safetensors"), read_file(pieces / "last.safetensors"));
}

TEST(CheckpointFolder, GoesOnFromAModelOfAVersionThatKnewFewerSettingsAndFromNoOther) {
  const testing::TempFolder folder;
  run(short_training(3), striped_data(), folder.path());
  const auto file = folder / "last.safetensors";
  const models::Checkpoint saved = models::load_checkpoint(file);
  const auto with_model = [&](const std::string& from, const std::string& to) {
    models::Checkpoint changed = saved;
    std::string& model = changed.metadata.at(embedding::kModelKey);
    const size_t at = model.find(from);
    ASSERT_NE(at, std::string::npos) << model;
    model.replace(at, from.size(), to);
    models::save_checkpoint(file, changed);
  };
  with_model("floor_db:", "# floor_db:");
  EXPECT_EQ(run(short_training(6), striped_data(), folder.path()).progress.step, 6);
  with_model("embedding_dim: 16", "embedding_dim: 8");
  EXPECT_THROW(run(short_training(9), striped_data(), folder.path()), DataError);
}

TEST(Trainer, ANanStopsItNamingStepTermAndTheLastGoodCheckpoint) {
  const testing::TempFolder folder;
  TrainingData data = striped_data();
  data.make_batch = [](int64_t step) {
    auto batch = striped_batch(step);
    if (step == 7) batch.features[5] = std::numeric_limits<float>::quiet_NaN();
    return batch;
  };
  try {
    run(short_training(20), data, folder.path());
    FAIL();
  } catch (const DivergenceError& e) {
    const std::string message = e.what();
    EXPECT_NE(message.find("step 8"), std::string::npos) << message;
    EXPECT_NE(message.find("nt_xent is nan"), std::string::npos) << message;
    EXPECT_NE(message.find("last.safetensors (step 6)"), std::string::npos) << message;
  }
  const embedding::SavedModel good = embedding::load_model(folder / "last.safetensors", torch::kCPU);
  EXPECT_EQ(good.step, 6);
  for (const auto& parameter : good.encoder->parameters())
    EXPECT_TRUE(torch::isfinite(parameter).all().item<bool>());
}

TEST(Trainer, StopsEarlyAndKeepsTheBest) {
  const testing::TempFolder folder;
  TrainConfig config = short_training(100);
  config.validate_every = steps(2);
  config.early_stopping.patience = 3;
  TrainingData data = striped_data();
  int validations = 0;
  data.validate = [&] { return ++validations == 2 ? 0.9 : 0.1; };
  const TrainingResult result = run(config, data, folder.path());
  EXPECT_TRUE(result.stopped_early);
  EXPECT_EQ(validations, 5);
  EXPECT_EQ(result.progress.best_step, 4);
  EXPECT_EQ(embedding::load_model(result.best, torch::kCPU).step, 4);
  EXPECT_EQ(embedding::load_model(result.last, torch::kCPU).step, 10);
}

TEST(Trainer, ALuckyValidationAmongFewDoesNotChooseTheStep) {
  const testing::TempFolder whole, pieces;
  TrainConfig config = short_training(10);
  config.validate_every = steps(2);
  config.validation_window = 2;
  const std::vector<double> metrics{0.9, 0.3, 0.5, 0.4, 0.4};
  int validations = 0;
  const auto data = [&] {
    TrainingData striped = striped_data();
    striped.validate = [&] { return metrics[static_cast<size_t>(validations++)]; };
    return striped;
  };
  const TrainingResult result = run(config, data(), whole.path());
  // Means of two: .6 at step 4, .4, .45, .4; the first .9 alone judges nothing.
  EXPECT_EQ(result.progress.best_step, 4);
  EXPECT_DOUBLE_EQ(*validation_metric(result.best), 0.6);

  validations = 0;
  set_cancellation_requested(true);  // stops after every step, between two validations of one mean, too
  for (int piece = 0; piece < 9; ++piece) EXPECT_THROW(run(config, data(), pieces.path()), Cancelled);
  set_cancellation_requested(false);
  EXPECT_EQ(run(config, data(), pieces.path()).progress.best_step, 4);
  EXPECT_EQ(read_file(whole / "last.safetensors"), read_file(pieces / "last.safetensors"));
}

TEST(Trainer, CancelledInAValidationItContinuesWithIt) {
  TrainConfig config = short_training(6);
  config.validate_every = steps(2);
  config.checkpoint_every = steps(5);
  const auto metric_at = [](int validation) { return 0.1 * validation; };
  const testing::TempFolder whole, pieces;
  int validations = 0;
  TrainingData data = striped_data();
  data.validate = [&] { return metric_at(validations++); };
  run(config, data, whole.path());

  validations = 0;
  int calls = 0;
  data.validate = [&] {
    const int call = calls++;
    const bool is_broken_off = call == 1 || call == 2 || call == 4;  // step 4 twice, and the last step
    set_cancellation_requested(is_broken_off);
    throw_if_cancelled();
    return metric_at(validations++);
  };
  for (int piece = 0; piece < 3; ++piece) {
    EXPECT_THROW(run(config, data, pieces.path()), Cancelled);
    set_cancellation_requested(false);
    EXPECT_EQ(embedding::load_model(pieces / "last.safetensors", torch::kCPU).step, piece < 2 ? 4 : 6);
  }
  EXPECT_EQ(run(config, data, pieces.path()).progress.step, 6);
  for (const char* file : {"last.safetensors", "best.safetensors"})
    EXPECT_EQ(read_file(whole / file), read_file(pieces / file)) << file;
}

TEST(Trainer, FewerValidationsThanTheWindowChooseTheLastStep) {
  const testing::TempFolder folder;
  TrainConfig config = short_training(4);
  config.validate_every = steps(2);
  config.validation_window = 5;
  TrainingData data = striped_data();
  int validations = 0;
  data.validate = [&] { return ++validations == 1 ? 0.7 : 0.6; };
  const TrainingResult result = run(config, data, folder.path());
  EXPECT_EQ(result.progress.best_step, 4);
  EXPECT_DOUBLE_EQ(result.progress.best_metric, 0.65);
}

TEST(ValidationMetric, IsTheBestOneOfTheTrainingOrNoneWhereNothingWasValidated) {
  const testing::TempFolder folder;
  TrainConfig config = short_training(6);
  EXPECT_EQ(validation_metric(run(config, striped_data(), folder / "without").last), std::nullopt);

  config.validate_every = steps(2);
  TrainingData data = striped_data();
  int64_t validations = 0;
  data.validate = [&] { return ++validations == 2 ? 0.625 : 0.125; };
  const TrainingResult result = run(config, data, folder / "with");
  EXPECT_EQ(validation_metric(result.best), 0.625);
  EXPECT_EQ(validation_metric(result.last), 0.625);

  write_file_atomically(folder / "words", "no checkpoint");
  EXPECT_THROW(validation_metric(folder / "words"), DataError);
  EXPECT_THROW(validation_metric(folder / "absent"), DataError);
}

TEST(ValidationMetric, OfZeroIsAMetric) {
  const testing::TempFolder folder;
  TrainConfig config = short_training(2);
  config.validate_every = steps(2);
  TrainingData data = striped_data();
  data.validate = [] { return 0.0; };
  EXPECT_EQ(validation_metric(run(config, data, folder.path()).best), 0.0);
}

TEST(Trainer, KeepsOnlyTheNewestNumberedCheckpoints) {
  const testing::TempFolder folder;
  TrainConfig config = short_training(12);
  config.keep_checkpoints = 2;
  run(config, striped_data(), folder.path());
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    if (entry.path().extension() == ".safetensors") names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"last.safetensors", "step_00000009.safetensors",
                                             "step_00000012.safetensors"}));
}

TEST(Trainer, ClipsTheGradientToTheAskedNorm) {
  TrainConfig config = short_training(1);
  config.gradient_clip_norm = 1e-3;
  Learner learner = make_learner(config);
  EXPECT_GT(learner.step(striped_batch(0), 1).gradient_norm, 1e-3);
  // After one step Adam's mean of gradients is (1 - beta1) times the clipped gradient.
  double squares = 0;
  for (const auto& [name, tensor] : learner.state())
    if (name.ends_with(".exp_avg")) squares += tensor.square().sum().item<double>();
  EXPECT_NEAR(std::sqrt(squares), 0.1 * 1e-3, 1e-7);
}

}  // namespace
}  // namespace melomine::trainer
