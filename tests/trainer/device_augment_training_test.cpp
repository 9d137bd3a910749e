// Training on clips that are augmented on the device: what a run with front_end.augment_on_device does.
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "datasets/batch_maker.h"
#include "datasets/group_sampler.h"
#include "embedding/front_end_kind.h"
#include "tests/embedding/planted_voices.h"
#include "tests/support/temp_folder.h"
#include "tests/trainer/small_model.h"
#include "trainer/trainer.h"

namespace melomine::trainer {
namespace {

embedding::ModelConfig augmenting_model() {
  embedding::ModelConfig model = small_model();
  auto& front_end = model.front_end.settings<datasets::FrontEnd>();
  front_end.on_device = front_end.augment_on_device = true;
  front_end.window.length_s = 1;
  return model;
}

/// Batches of two groups of voices, all of the paper's transforms and a room.
datasets::BatchMaker make_batches(const testing::PlantedVoices& voices) {
  const embedding::ModelConfig model = augmenting_model();
  datasets::BatchSettings settings;
  settings.window = model.front_end->window();
  settings.augment.emplace_back().transform.choose("reverb");
  settings.sampler.sampler.settings<datasets::GroupSamplerConfig>().groups_per_batch = 2;
  return datasets::BatchMaker(voices.groups, voices.reader(), model.front_end->clip_view(), settings, {4, 0});
}

TrainingResult run(const std::function<datasets::Batch(int64_t)>& make_batch, int64_t workers,
                   const std::filesystem::path& folder) {
  TrainConfig config;
  config.length = steps(6);
  config.checkpoint_every = steps(2);
  config.log_every = steps(2);
  TrainingData data;
  data.make_batch = make_batch;
  data.steps_per_epoch = 3;
  data.prefetch.workers = workers;
  data.prefetch.depth = 2;
  const embedding::ModelConfig model = augmenting_model();
  Learner learner(models::make_encoder(model.encoder, 5),
                  std::make_shared<losses::WeightedLosses>(std::vector<losses::LossConfig>{{}},
                                                           losses::LossContext{16, 4, 2, 5}),
                  config, 1, nullptr, model.front_end->clip_hearing("cpu"));
  RunObserver silent;
  return train(learner, model, config, data, folder, silent);
}

TEST(CrashDeviceAugment, InterruptedAtAnyStepItEndsWithTheSameBytes) {
  const testing::PlantedVoices voices(4);
  const auto maker = make_batches(voices);
  const auto make = [&](int64_t step) { return maker.make(step); };
  const testing::TempFolder whole, pieces;
  EXPECT_EQ(run(make, 2, whole.path()).progress.step, 6);
  for (const int64_t stop_after : {2, 3}) {
    const auto stopping = [&](int64_t step) -> datasets::Batch {
      if (step > stop_after) throw DataError("planted", "", "stop");
      return maker.make(step);
    };
    EXPECT_THROW(run(stopping, 1, pieces.path()), DataError);
  }
  EXPECT_EQ(run(make, 1, pieces.path()).progress.step, 6);
  EXPECT_EQ(read_file(whole / "last.safetensors"), read_file(pieces / "last.safetensors"));
}

TEST(EncoderInputs, OnTheProcessorNothingIsCopied) {
  datasets::Batch batch;
  batch.step = 3;
  batch.bins = 2;
  batch.frames = 3;
  batch.features = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  EncoderInputs inputs(torch::kCPU, nullptr);
  inputs.begin(batch);
  const auto features = inputs.take(batch);
  EXPECT_EQ(features.sizes(), torch::IntArrayRef({2, 1, 2, 3}));
  EXPECT_EQ(features.data_ptr<float>(), batch.features.data());
  EXPECT_EQ(features[1][0][1][2].item<float>(), 11);
}

}  // namespace
}  // namespace melomine::trainer
