#include "datasets/front_end.h"

#include <gtest/gtest.h>

#include "configs/config.h"
#include "core/error.h"
#include "datasets/batch_maker.h"
#include "datasets/group_sampler.h"

namespace melomine::datasets {
namespace {

TEST(BatchConfig, IsReadStrictlyAndWrittenWhole) {
  const auto config = configs::parse_config<BatchConfig>(
      "window: {length_s: 8, step_s: 0.64}\nsampler: {fill_to: 32, distinct_songs: false}\n", "t.yaml");
  EXPECT_EQ(config.window.length_s, 8);
  EXPECT_EQ(config.sampler.sampler.settings<GroupSamplerConfig>().fill_to, 32);
  EXPECT_FALSE(config.sampler.sampler.settings<GroupSamplerConfig>().distinct_songs);
  EXPECT_EQ(config.sampler.sampler.settings<GroupSamplerConfig>().groups_per_batch, 8);
  for (const char* wrong : {"sampler: {groups_per_batch: 1}", "window: {length_s: 0}",
                            "window: {context_s: -1}", "floor_db: 0", "sampler: {groups: 8}"})
    EXPECT_THROW(configs::parse_config<BatchConfig>(wrong, "t.yaml"), ConfigError) << wrong;
}

TEST(FrontEnd, WindowFramesAreRounded) {
  EXPECT_EQ(window_frames({.length_s = 3}, {}), 94);
  EXPECT_EQ(window_frames({.length_s = 8}, {}), 250);
}

}  // namespace
}  // namespace melomine::datasets
