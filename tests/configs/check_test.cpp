#include "configs/check.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/configs/sample_config.h"

namespace melomine::configs {
namespace {

std::string check_error(const Sample& sample) {
  return config_error([&] { check(sample, "[sample]"); });
}

TEST(Check, DefaultsAreFine) {
  EXPECT_EQ(check_error(defaults()), "");
}

TEST(Check, NamesEveryProblemByItsPath) {
  Sample sample;
  sample.train.steps = 0;
  sample.train.milestones = {0.5, 2};
  sample.losses = {{}, {"ntxent", -0.1}};
  EXPECT_EQ(check_error(sample),
            "[sample] train.steps = 0: must be >= 1\n"
            "[sample] train.milestones[1] = 2: must be in (0, 1]\n"
            "[sample] losses[1].type = 'ntxent': must be one of arcface, nt_xent, triplet\n"
            "[sample] losses[1].temperature = -0.1: must be > 0");
}

TEST(Check, RulesBetweenFieldsHoldToo) {
  Sample sample;
  sample.train.min_rate = 2;
  EXPECT_EQ(check_error(sample), "[sample] train.max_rate: must not be below min_rate");
  sample.train.steps = 0;
  EXPECT_EQ(check_error(sample), "[sample] train.steps = 0: must be >= 1")
      << "a rule says nothing about values that are wrong already";
}

TEST(Check, NumbersThatAreNotFiniteAreRefusedWhateverTheRange) {
  Sample sample;
  for (const double value : {std::nan(""), HUGE_VAL}) {
    sample.losses[0].temperature = value;
    EXPECT_NE(check_error(sample).find("losses[0].temperature"), std::string::npos) << value;
  }
}

TEST(Range, SaysWhatItTakes) {
  EXPECT_EQ(describe(above(0)), "must be > 0");
  EXPECT_EQ(describe(between(0.25, 4)), "must be in [0.25, 4]");
  EXPECT_EQ(describe({0, 1, false, true}), "must be in [0, 1)");
  EXPECT_EQ(describe(any_number()), "must be a finite number");
  EXPECT_TRUE(holds(between(0, 1), 1));
  EXPECT_FALSE(holds({0, 1, false, true}, 1));
  EXPECT_FALSE(holds(above(0), 0));
}

TEST(JsonWriter, HasTheValuesInTheirOrder) {
  Sample sample;
  sample.sets = {"a"};
  const std::string json = to_json(sample);
  EXPECT_EQ(json.find("{\n  \"name\": \"sample\",\n  \"train\": {\n    \"steps\": 1000,\n"), 0u) << json;
  EXPECT_NE(json.find("\"min_rate\": 0.8"), std::string::npos);
  EXPECT_NE(json.find("\"losses\": [\n    {\n      \"type\": \"nt_xent\""), std::string::npos);
}

}  // namespace
}  // namespace melomine::configs
