#include "trainer/schedule.h"

#include <gtest/gtest.h>

#include "configs/config.h"
#include "core/error.h"
#include "trainer/cosine_schedule.h"
#include "trainer/step_schedule.h"

namespace melomine::trainer {
namespace {

TEST(TrainingSpan, ReadsEpochsAndStepsAndPrintsThemBack) {
  EXPECT_EQ(parse_span("100e").steps(12), 1200);
  EXPECT_EQ(parse_span("0.5e").steps(13), 7);
  EXPECT_EQ(parse_span("2000s").steps(12), 2000);
  EXPECT_EQ(to_string(parse_span("0.5e")), "0.5e");
  EXPECT_EQ(to_string(parse_span("2000s")), "2000s");
}

TEST(TrainingSpan, AnythingElseIsAnErrorThatSaysHowToWriteIt) {
  for (const char* text : {"", "100", "e", "-1e", "1x", "1e5", "nane", "1 e"}) {
    try {
      parse_span(text);
      ADD_FAILURE() << text;
    } catch (const ConfigError& e) {
      EXPECT_NE(std::string(e.what()).find("100e"), std::string::npos);
    }
  }
}

TEST(Schedule, WarmsUpLinearly) {
  ScheduleConfig config;
  config.warmup = steps(4);
  EXPECT_DOUBLE_EQ(schedule_factor(config, 0, 100, 10), 0.25);
  EXPECT_DOUBLE_EQ(schedule_factor(config, 3, 100, 10), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(config, 4, 100, 10), 1.0);
}

TEST(Schedule, ConstantStaysAtTheFullRate) {
  const ScheduleConfig config{configs::Choice<ScheduleKind>("constant"), steps(0)};
  for (const int64_t step : {0, 50, 99}) EXPECT_EQ(schedule_factor(config, step, 100, 10), 1.0);
}

TEST(Schedule, CosineFallsFromOneToTheFinalFactor) {
  ScheduleConfig config;
  config.shape = {"cosine", CosineScheduleConfig{.final_factor = 0.1}};
  EXPECT_DOUBLE_EQ(schedule_factor(config, 0, 100, 10), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(config, 50, 100, 10), 0.55);
  EXPECT_NEAR(schedule_factor(config, 99, 100, 10), 0.1, 1e-3);
}

TEST(Schedule, StepHalvesEveryTenEpochsByDefault) {
  ScheduleConfig config;
  config.shape.choose("step");
  EXPECT_DOUBLE_EQ(schedule_factor(config, 99, 1000, 10), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(config, 100, 1000, 10), 0.5);
  EXPECT_DOUBLE_EQ(schedule_factor(config, 250, 1000, 10), 0.25);
}

TEST(Schedule, IsReadAsOlderVersionsWroteIt) {
  const auto config = configs::parse_config<ScheduleConfig>(
      "type: step\nwarmup: 5s\nfinal_factor: 0\ndecay_every: 2e\ndecay_factor: 0.1\n", "old.yaml");
  EXPECT_EQ(config.shape.settings<StepScheduleConfig>().decay_factor, 0.1);
  EXPECT_EQ(config.warmup, steps(5));
  EXPECT_THROW(configs::parse_config<ScheduleConfig>("type: cosine\ndecay_factor: 0.1\n", "new.yaml"),
               ConfigError);
}

}  // namespace
}  // namespace melomine::trainer
