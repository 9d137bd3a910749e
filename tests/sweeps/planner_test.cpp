#include "sweeps/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "tests/sweeps/sample_experiments.h"

namespace melomine::sweeps {
namespace {

namespace fs = std::filesystem;
using testing::config_error;
using ::testing::HasSubstr;
using testing::SampleExperiment;
using testing::SampleExperiments;
using testing::SweepFolder;

std::vector<std::string> names_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const Task* point : plan.points()) names.push_back(point->name);
  return names;
}

TEST(SweepPlanner, EachPointIsAWholeExperimentOfItsOwn) {
  SweepFolder folder;
  const auto file = folder.write("sweep: {points: [{grid: {width: [4, 16]}}]}\n", "rounds: 2\n");
  const DraftPlan plan = make_plan(file, {"losses[0].temperature=0.2"}, SampleExperiments());
  EXPECT_EQ(plan.layout.folder(), folder.path("runs/s"));
  const auto names = names_of(plan.plan);
  ASSERT_EQ(names.size(), 2u);
  EXPECT_TRUE(names[1].starts_with("width=16,")) << names[1];
  const auto point = configs::load_config<SampleExperiment>(plan.layout.experiment(names[1]));
  EXPECT_EQ(point.name, names[1]);
  EXPECT_EQ(point.runs, plan.layout.runs());
  EXPECT_EQ(point.width, 16);
  EXPECT_EQ(point.rounds, 2);
  EXPECT_EQ(point.losses[0].temperature, 0.2);
}

TEST(SweepPlanner, SettingsReachItemsAndEndsOfLists) {
  SweepFolder folder;
  const auto file = folder.write(
      "sweep:\n  points:\n    - list:\n        - losses[0].temperature: 0.1\n          losses+: "
      "{temperature: 3}\n");
  const DraftPlan plan = make_plan(file, {}, SampleExperiments());
  const auto point =
      configs::load_config<SampleExperiment>(plan.layout.experiment(plan.plan.points().front()->name));
  ASSERT_EQ(point.losses.size(), 2u);
  EXPECT_EQ(point.losses[0].temperature, 0.1);
  EXPECT_EQ(point.losses[1].temperature, 3);
}

TEST(SweepPlanner, TheSamePlanAgainChangesNothing) {
  SweepFolder folder;
  const auto file = folder.write("sweep: {seeds: [1, 2], points: [{grid: {width: [4, 16]}}]}\n");
  const DraftPlan first = make_plan(file, {}, SampleExperiments());
  const auto written = fs::last_write_time(first.layout.plan());
  const DraftPlan second = make_plan(file, {}, SampleExperiments());
  EXPECT_EQ(names_of(second.plan), names_of(first.plan));
  EXPECT_TRUE(second.experiments.empty());
  EXPECT_EQ(fs::last_write_time(first.layout.plan()), written);
}

TEST(SweepPlanner, AChangedFileAddsPointsAndKeepsThoseOfBefore) {
  SweepFolder folder;
  const DraftPlan first =
      make_plan(folder.write("sweep: {points: [{grid: {width: [4, 16]}}]}\n"), {}, SampleExperiments());
  const DraftPlan second =
      make_plan(folder.write("sweep: {points: [{grid: {width: [16, 32]}}]}\n"), {}, SampleExperiments());
  const auto before = names_of(first.plan), after = names_of(second.plan);
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0], before[1]);
  const Task* dropped = second.plan.find(before[0]);
  ASSERT_NE(dropped, nullptr);
  EXPECT_FALSE(dropped->wanted);
  EXPECT_TRUE(fs::exists(second.layout.experiment(before[0])));
  // Asked for again it is the same point, however it is written.
  const DraftPlan third =
      make_plan(folder.write("sweep: {points: [{list: [{}]}]}\n", "width: 4\n"), {}, SampleExperiments());
  EXPECT_EQ(names_of(third.plan), std::vector<std::string>{before[0]});
}

TEST(SweepPlanner, EqualPointsAreOne) {
  SweepFolder folder;
  const auto file = folder.write("sweep: {points: [{grid: {width: [4, 8]}}, {list: [{}, {rounds: 1}]}]}\n");
  const DraftPlan plan = draft_plan(file, {}, SampleExperiments());
  EXPECT_EQ(plan.plan.points().size(), 2u);
  EXPECT_EQ(plan.repeated, 2);
  EXPECT_FALSE(fs::exists(plan.layout.folder())) << "a draft writes nothing";
}

TEST(SweepPlanner, AnM0ThatSeveralPointsStartFromIsATaskBeforeThem) {
  SweepFolder folder;
  const auto file =
      folder.write("sweep: {seeds: [1, 2], points: [{grid: {rounds: [1, 2]}}, {list: [{width: 99}]}]}\n");
  const Plan plan = make_plan(file, {}, SampleExperiments()).plan;
  const auto shared =
      std::count_if(plan.tasks.begin(), plan.tasks.end(), [](const Task& t) { return t.shared; });
  EXPECT_EQ(shared, 2);
  EXPECT_TRUE(plan.tasks[0].shared);
  EXPECT_EQ(plan.tasks[0].does, "train");
  const auto points = plan.points();
  ASSERT_EQ(points.size(), 6u);
  EXPECT_EQ(points[0]->first, points[2]->first);
  EXPECT_NE(points[0]->first, points[1]->first);
  EXPECT_EQ(points[4]->first, "") << "alone, it trains its own";
}

TEST(SweepPlanner, WhatIsWrongWithPointsIsToldAtOnceAndOnce) {
  SweepFolder folder;
  const auto file = folder.write(
      "sweep:\n"
      "  points:\n"
      "    - grid:\n"
      "        width: [0, 4]\n"
      "        losses[0].temperature: [0.1, -1]\n"
      "    - list: [{\"losses[3].temperature\": 1}, {withd: 1}]\n");
  const std::string error = config_error([&] { make_plan(file, {}, SampleExperiments()); });
  const std::string name = file.string();
  EXPECT_THAT(error, HasSubstr(name + ":6: width = 0: must be >= 1"));
  EXPECT_THAT(error, HasSubstr(name + ":7: losses[0].temperature = -1: must be > 0"));
  EXPECT_THAT(error, HasSubstr(name + ":8: losses[3].temperature: losses has 1 item, there is no [3]"));
  EXPECT_THAT(error, HasSubstr(name + ":8: withd: unknown key; did you mean 'width'?"));
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 3) << error;
  EXPECT_FALSE(fs::exists(folder.path("runs")));
}

TEST(SweepPlanner, ARunIsNotOverwrittenAndASweepIsAskedFor) {
  SweepFolder folder;
  const auto file = folder.write("sweep: {seeds: [1]}\n");
  write_file_atomically(folder.path("runs/s/is_a_run"), "");
  EXPECT_THAT(config_error([&] { make_plan(file, {}, SampleExperiments()); }),
              HasSubstr("runs/s holds a run; give the sweep another name (name=…)"));
  EXPECT_THAT(config_error([&] { make_plan(folder.write(""), {}, SampleExperiments()); }),
              HasSubstr("sweep.yaml: has no section sweep"));
}

TEST(SweepPlanner, APlanReadsBack) {
  SweepFolder folder;
  const auto file =
      folder.write("sweep: {metric: a.mrr, base: {width: 4}, points: [{grid: {width: [4, 16]}}]}\n");
  const DraftPlan made = make_plan(file, {}, SampleExperiments());
  const Plan read = read_plan(made.layout);
  EXPECT_EQ(json_text(nlohmann::ordered_json(read)), json_text(nlohmann::ordered_json(made.plan)));
  EXPECT_EQ(read.base, (SettingTexts{{"width", "4"}}));
  EXPECT_THROW(read_plan(SweepLayout(folder.path("none"))), DataError);
}

}  // namespace
}  // namespace melomine::sweeps
