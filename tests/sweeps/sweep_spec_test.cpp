#include "sweeps/sweep_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sweeps/labels.h"
#include "tests/sweeps/sample_experiments.h"

namespace melomine::sweeps {
namespace {

using testing::config_error;
using ::testing::ElementsAre;

/// The points of a section, "a=1 b=x" each.
std::vector<std::string> points_of(const std::string& section) {
  std::vector<std::string> points;
  for (const PointSettings& point : read_sweep(configs::parse_document(section, "f.yaml")).points)
    points.push_back(label_of(texts_of(point)));
  return points;
}

std::string error_of(const std::string& section) {
  return config_error([&] { read_sweep(configs::parse_document(section, "f.yaml")); });
}

TEST(SweepSpec, AGridIsEveryCombinationTheLastKeyFastestAndSeedsFasterStill) {
  EXPECT_THAT(points_of("seeds: [1, 2]\npoints:\n  - grid: {a: [1, 2], b: [x, y]}\n"),
              ElementsAre("a=1 b=x seed=1", "a=1 b=x seed=2", "a=1 b=y seed=1", "a=1 b=y seed=2",
                          "a=2 b=x seed=1", "a=2 b=x seed=2", "a=2 b=y seed=1", "a=2 b=y seed=2"));
}

TEST(SweepSpec, AZipGoesThroughItsListsTogether) {
  EXPECT_THAT(points_of("points: [{zip: {a: [1, 2], b: [x, y]}}]"), ElementsAre("a=1 b=x", "a=2 b=y"));
}

TEST(SweepSpec, AListNamesPointsAndBlocksFollowOneAnother) {
  EXPECT_THAT(points_of("seeds: [5]\npoints:\n  - list: [{a: 1}, {}]\n  - {grid: {b: [2]}, seeds: [7, 8]}\n"),
              ElementsAre("a=1 seed=5", "seed=5", "b=2 seed=7", "b=2 seed=8"));
}

TEST(SweepSpec, PartsOfABlockMultiply) {
  EXPECT_THAT(points_of("points: [{list: [{a: 1}, {a: 2}], zip: {b: [3, 4], c: [5, 6]}, grid: {d: [7]}}]"),
              ElementsAre("a=1 b=3 c=5 d=7", "a=1 b=4 c=6 d=7", "a=2 b=3 c=5 d=7", "a=2 b=4 c=6 d=7"));
}

TEST(SweepSpec, SeedsAloneAreASweep) {
  EXPECT_THAT(points_of("seeds: [1, 2]"), ElementsAre("seed=1", "seed=2"));
}

TEST(SweepSpec, ValuesAreAnyYamlAndKeysReachItemsAndEnds) {
  const SweepSpec spec =
      read_sweep(configs::parse_document("does: train\nmetric: held_out.mrr\nbase: {a: 1}\n"
                                         "points:\n  - list:\n      - losses[0].temperature: 0.1\n        "
                                         "losses+: {type: focal}\n        sets: [x, y]\n",
                                         "f.yaml"));
  EXPECT_EQ(spec.does, "train");
  EXPECT_EQ(spec.metric, "held_out.mrr");
  EXPECT_EQ(label_of(texts_of(spec.base)), "a=1");
  ASSERT_EQ(spec.points.size(), 1u);
  EXPECT_EQ(label_of(texts_of(spec.points[0])),
            "losses[0].temperature=0.1 losses+={type: focal} sets=[x, y]");
  EXPECT_EQ(spec.points[0][1].value.location.text(), "f.yaml:7");
}

TEST(SweepSpec, Messages) {
  EXPECT_EQ(error_of("point: []"), "f.yaml:1: sweep.point: unknown key; did you mean 'points'?");
  EXPECT_EQ(error_of("does: mine\nseeds: [1]"),
            "f.yaml:1: sweep.does = mine: must be one of run, train, evaluate");
  EXPECT_EQ(error_of("{}"), "f.yaml:1: sweep: has neither points nor seeds");
  EXPECT_EQ(error_of("points: []"), "f.yaml:1: points: must be a list, [a, b], of one or more");
  EXPECT_EQ(error_of("points:\n  - grid: {a: 1}"), "f.yaml:2: a: must be a list, [a, b], of one or more");
  EXPECT_EQ(error_of("points:\n  - grids: {a: [1]}"),
            "f.yaml:2: points.grids: unknown key; did you mean 'grid'?");
  EXPECT_EQ(error_of("points:\n  - zip:\n      a: [1, 2]\n      b: [1]"),
            "f.yaml:4: b: has 1 values where the zip's first key has 2");
  EXPECT_EQ(error_of("points:\n  - list: [{a: 1}]\n    grid:\n      a: [2]"),
            "f.yaml:4: a: given twice for one point, first on line 2");
  EXPECT_EQ(error_of("seeds: [1]\npoints:\n  - grid: {seed: [2]}"),
            "f.yaml:1: seed: given twice for one point, first on line 3");
  EXPECT_EQ(error_of("points:\n  - grid: {name: [x]}"),
            "f.yaml:2: name: is the sweep's, points have names of their own");
  EXPECT_EQ(error_of("seeds: 3"), "f.yaml:1: seeds: must be a list, [a, b], of one or more");
}

TEST(SweepSpec, AnEndlessGridIsRefusedBeforeItIsExpanded) {
  std::string values = "[0";
  for (int i = 1; i < 400; ++i) values += ", " + std::to_string(i);
  values += "]";
  EXPECT_EQ(error_of("points: [{grid: {a: " + values + ", b: " + values + ", c: " + values + "}}]"),
            "f.yaml:1: sweep: more than 100000 points");
}

}  // namespace
}  // namespace melomine::sweeps
