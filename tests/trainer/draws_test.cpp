#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "embedding/saved_model.h"
#include "models/torchscript.h"
#include "models/vgg.h"
#include "tests/support/scripted_network.h"
#include "tests/support/temp_folder.h"
#include "trainer/trainer.h"

namespace melomine::trainer {
namespace {

constexpr int64_t kImage = 20;

datasets::Batch noise_batch(int64_t step) {
  datasets::Batch batch;
  batch.step = step;
  batch.size = 4;
  batch.bins = batch.frames = kImage;
  RandomStream random({3, static_cast<uint64_t>(step)});
  for (int64_t i = 0; i < batch.size * kImage * kImage; ++i)
    batch.features.push_back(static_cast<float>(random.uniform()));
  batch.groups = batch.songs = {0, 0, 1, 1};
  batch.domains = {0, 1, 0, 1};
  batch.same_melody = {1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1};
  return batch;
}

embedding::ModelConfig vgg_model() {
  embedding::ModelConfig model;
  model.encoder = {
      .network = {"vgg", models::VggConfig{.width = 2, .hidden = 16, .grid_bins = 1, .grid_frames = 1}},
      .shape = {.embedding_dim = 8}};
  return model;
}

TrainConfig sgd_training(double length) {
  TrainConfig config;
  config.length = steps(length);
  config.checkpoint_every = steps(2);
  config.optimizer.method.choose("sgd");
  return config;
}

Learner make_learner(const embedding::ModelConfig& model, const TrainConfig& config, uint64_t seed) {
  return Learner(models::make_encoder(model.encoder, 5),
                 std::make_shared<losses::WeightedLosses>(std::vector<losses::LossConfig>(1),
                                                          losses::LossContext{8, 2, 2, 5}),
                 config, seed);
}

/// @param fails_at  step whose batch cannot be made
void run(const embedding::ModelConfig& model, const std::filesystem::path& folder, int64_t fails_at = -1) {
  const TrainConfig config = sgd_training(8);
  Learner learner = make_learner(model, config, 11);
  TrainingData data;
  data.steps_per_epoch = 4;
  data.prefetch = {.depth = 1, .workers = 1};
  data.make_batch = [fails_at](int64_t step) {
    if (step == fails_at) throw DataError("planted", "", "stop");
    return noise_batch(step);
  };
  RunObserver silent;
  train(learner, model, config, data, folder, silent);
}

TEST(Learner, DropoutDrawsFromTheSeedAndTheStep) {
  const TrainConfig config = sgd_training(1);
  const auto loss = [&](uint64_t seed, int64_t step) {
    datasets::Batch batch = noise_batch(0);
    batch.step = step;
    return make_learner(vgg_model(), config, seed).step(batch, 1).loss;
  };
  torch::manual_seed(1);
  const double first = loss(11, 0);
  torch::manual_seed(2);
  EXPECT_EQ(loss(11, 0), first);
  EXPECT_NE(loss(12, 0), first);
  EXPECT_NE(loss(11, 1), first);
}

TEST(CrashTrainer, ANetworkWithDropoutEndsWithTheSameBytes) {
  const testing::TempFolder whole, pieces;
  run(vgg_model(), whole.path());
  for (const int64_t fails_at : {3, 6}) EXPECT_THROW(run(vgg_model(), pieces.path(), fails_at), DataError);
  run(vgg_model(), pieces.path());
  EXPECT_EQ(read_file(whole / "last.safetensors"), read_file(pieces / "last.safetensors"));
}

TEST(CrashTrainer, ATorchScriptModuleEndsWithTheSameBytesAndIsLoadedWithItsFileAlone) {
  const testing::TempFolder files, whole, pieces;
  testing::save_scripted_network(files / "net.pt", 1);
  embedding::ModelConfig model;
  model.encoder = {.network = {"torchscript", models::TorchScriptConfig{.path = (files / "net.pt").string()}},
                   .shape = {.embedding_dim = testing::kScriptedDim}};
  model.encoder.network->pin();
  run(model, whole.path());
  for (const int64_t fails_at : {3, 6}) EXPECT_THROW(run(model, pieces.path(), fails_at), DataError);
  run(model, pieces.path());
  EXPECT_EQ(read_file(whole / "last.safetensors"), read_file(pieces / "last.safetensors"));

  const auto saved = embedding::load_model(whole / "last.safetensors", torch::kCPU);
  EXPECT_EQ(saved.step, 8);
  const auto untrained = models::make_encoder(model.encoder, 0);
  untrained->eval();
  const auto x = torch::rand({3, 1, kImage, kImage});
  EXPECT_GT((saved.encoder->forward(x) - untrained->forward(x)).abs().max().item<double>(), 1e-6);
  testing::save_scripted_network(files / "net.pt", 2);
  EXPECT_THROW(embedding::load_model(whole / "last.safetensors", torch::kCPU), DataError);
}

TEST(Learner, ANetworkOfWhichNothingCanBeTrainedIsRefused) {
  const auto encoder = models::make_encoder(vgg_model().encoder, 5);
  for (auto& parameter : encoder->parameters()) parameter.requires_grad_(false);
  const auto losses = std::make_shared<losses::WeightedLosses>(std::vector<losses::LossConfig>(1),
                                                               losses::LossContext{8, 2, 2, 5});
  EXPECT_THROW(Learner(encoder, losses, sgd_training(1)), ConfigError);
}

}  // namespace
}  // namespace melomine::trainer
