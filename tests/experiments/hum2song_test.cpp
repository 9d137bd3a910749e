#include <gtest/gtest.h>

#include <cmath>

#include "configs/config.h"
#include "dsp/feature_kind.h"
#include "experiments/experiment_config.h"
#include "losses/arcface.h"
#include "models/ir_resnet.h"
#include "trainer/sgd.h"

namespace melomine::experiments {
namespace {

TEST(ExperimentFiles, Hum2SongHasThePapersSettings) {
  const auto config = configs::load_config<ExperimentConfig>("experiments/hum2song.yaml");
  const auto& image = config.front_end.settings<datasets::FrontEnd>();
  EXPECT_EQ(dsp::make_feature_extractor(image.features)->bins(), 80);
  EXPECT_EQ(datasets::window_frames(image.window, image.features), 630);
  EXPECT_EQ(config.encoder.shape.embedding_dim, 512);
  EXPECT_EQ(config.encoder.network.settings<models::IrResNetConfig>().layers, 34);
  EXPECT_FALSE(config.encoder.network.settings<models::IrResNetConfig>().squeeze_excitation);
  ASSERT_EQ(config.losses.size(), 1u);
  const auto& arcface = config.losses[0].loss.settings<losses::ArcFaceConfig>();
  EXPECT_EQ(arcface.scale, 30);
  EXPECT_EQ(arcface.margin, 0.5);
  EXPECT_EQ(arcface.gamma, 2);
  const trainer::TrainConfig& train = config.train;
  EXPECT_EQ(train.length, trainer::epochs(100));
  EXPECT_EQ(train.optimizer.learning_rate, 1e-2);
  EXPECT_EQ(train.optimizer.method.settings<trainer::SgdConfig>().weight_decay, 1e-1);
  EXPECT_EQ(train.optimizer.method.settings<trainer::SgdConfig>().momentum, 0);
  // The rate is halved every ten epochs.
  const int64_t epoch = 91;
  for (const int64_t tens : {0, 1, 4})
    EXPECT_DOUBLE_EQ(
        trainer::schedule_factor(train.schedule, 10 * epoch * tens + 5, train.length.steps(epoch), epoch),
        std::pow(0.5, static_cast<double>(tens)));

  const auto small = configs::load_config<ExperimentConfig>("experiments/hum2song_small.yaml");
  EXPECT_EQ(small.losses[0].loss.settings<losses::ArcFaceConfig>().gamma, 2);
  EXPECT_EQ(small.data.held_out_songs, 12);
}

}  // namespace
}  // namespace melomine::experiments
