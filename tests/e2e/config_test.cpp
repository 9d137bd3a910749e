#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "tests/support/run_melomine.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

using ::testing::HasSubstr;
using testing::run_melomine;

TEST(E2eConfig, WhatShowPrintsIsTheSameExperiment) {
  const testing::TempFolder folder;
  const auto first = run_melomine({"config", "show", "experiments/demo.yaml", "train.length=7s"});
  ASSERT_EQ(first.status, 0) << first.output;
  EXPECT_THAT(first.output, HasSubstr("length: 7s\n"));
  write_file_atomically(folder / "shown.yaml", first.output);
  const auto again = run_melomine({"config", "show", folder / "shown.yaml"});
  EXPECT_EQ(again.output, first.output);
  const auto commented = run_melomine({"config", "show", folder / "shown.yaml", "--comments"});
  EXPECT_THAT(commented.output, HasSubstr("# softmax temperature τ"));
}

TEST(E2eConfig, CheckTellsGoodFromBadByItsStatus) {
  const testing::TempFolder folder;
  const auto good = run_melomine({"config", "check", "experiments/demo.yaml"});
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.output, "experiments/demo.yaml: fine (the settings; data were not looked at)\n");
  const std::string bad = folder / "bad.yaml";
  write_file_atomically(bad, "train:\n  lenght: 5e\nseed: -1\n");
  const auto result = run_melomine({"config", "check", "experiments/demo.yaml", bad});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr(bad + ":3: seed = -1: must be >= 0\n"));
  EXPECT_THAT(result.output, HasSubstr(bad + ":2: train.lenght: unknown key; did you mean 'length'?"));
  EXPECT_EQ(run_melomine({"config", "check"}).status, 2);
  EXPECT_EQ(run_melomine({"config", "cheque"}).status, 2);
}

TEST(E2eConfig, TheSchemaIsJson) {
  const auto result = run_melomine({"config", "schema"});
  ASSERT_EQ(result.status, 0);
  EXPECT_TRUE(nlohmann::json::parse(result.output)["properties"].contains("train"));
}

TEST(E2eConfig, KindsSaysWhatCanBeChosen) {
  const auto text = run_melomine({"config", "kinds"});
  EXPECT_EQ(text.status, 0) << text.output;
  EXPECT_THAT(text.output, HasSubstr("loss (losses[].type)\n  arcface             softmax over songs"));
  EXPECT_THAT(text.output, HasSubstr("miner (losses[].miner.type)\n"));
  const auto json = nlohmann::json::parse(run_melomine({"config", "kinds", "--json"}).output);
  ASSERT_GE(json.size(), 2u);
  std::map<std::string, nlohmann::json> families;
  for (const auto& family : json) families[family["family"]] = family["kinds"];
  for (const char* family : {"loss", "miner", "encoder", "feature", "f0 tracker", "schedule", "optimizer",
                             "sampler", "clip transform"})
    EXPECT_TRUE(families.contains(family)) << family;
  EXPECT_EQ(families["loss"][0]["type"], "arcface");
}

}  // namespace
}  // namespace melomine
