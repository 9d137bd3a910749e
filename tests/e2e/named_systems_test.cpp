#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "tests/e2e/tiny_experiment.h"

namespace melomine {
namespace {

using testing::expect_refusal;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TinyExperiment;

/// Encoders of the runs `a` and `b`, and what is made of them, in a run that trains none.
std::vector<std::string> both(const TinyExperiment& tiny) {
  const auto checkpoint = [&](const std::string& run) {
    return tiny.run_file(run, "round_00/train/last.safetensors");
  };
  return {
      "evaluate.sets=[{name: held_out, bootstrap_resamples: 50, systems: [{type: baseline}, "
      "{type: model, name: first, checkpoint: " +
      checkpoint("a") + "}, {type: model, name: second, checkpoint: " + checkpoint("b") +
      "}, {type: fused, of: [first, second], weights: [1, 0]}, "
      "{type: by_length, short: first, long: second, boundary_s: 0.1}]}]"};
}

std::vector<int64_t> ranks_of(const nlohmann::json& report, const std::string& name) {
  std::vector<int64_t> ranks;
  for (const auto& system : report.at("systems"))
    if (system.at("name") == name)
      for (const auto& query : system.at("queries")) ranks.push_back(query.at("rank"));
  return ranks;
}

TEST(E2eNamedSystems, EncodersOfOtherRunsStandSideBySide) {
  const TinyExperiment tiny;
  const std::vector<std::string> quick = {"train.length=4s", "train.validate_every=4s"};
  ASSERT_EQ(tiny.run("train", "a", quick).status, 0);
  ASSERT_EQ(tiny.run("train", "b", {quick[0], quick[1], "encoder.width=4"}).status, 0);
  auto result = tiny.run("evaluate", "both", both(tiny));
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("fused - "));

  const auto report =
      nlohmann::json::parse(read_file(tiny.run_file("both", "round_00/evaluate/held_out/report.json")));
  const auto& sources = report.at("sources");
  EXPECT_FALSE(sources.contains("model")) << "no system hears by an encoder of this run";
  ASSERT_EQ(sources.at("checkpoints").size(), 2u);
  for (const auto& [index, run] : {std::pair{0, "a"}, std::pair{1, "b"}})
    EXPECT_EQ(sources["checkpoints"][static_cast<size_t>(index)]["sha256"],
              sha256_of_file(tiny.run_file(run, "round_00/train/last.safetensors")));
  ASSERT_FALSE(ranks_of(report, "first").empty());
  EXPECT_EQ(ranks_of(report, "fused"), ranks_of(report, "first")) << "a weight of 1 beside one of 0";
  EXPECT_EQ(ranks_of(report, "by_length"), ranks_of(report, "second")) << "all hums are longer";
  EXPECT_GE(report.at("differences").size(), 4u) << "four systems minus the baseline";

  const std::string page = read_file(tiny.run_file("both", "report.html"));
  EXPECT_THAT(page, HasSubstr("Systems against each other"));
  EXPECT_THAT(page, Not(HasSubstr("Nothing has been evaluated yet")));

  // Songs that one of them has learned are refused as those of the run's own encoder are.
  auto settings = both(tiny);
  settings.emplace_back("seed=8");
  expect_refusal(tiny.run("evaluate", "other", settings), 2, "is held out here, but ");
  std::filesystem::remove(tiny.run_file("b", "round_00/train/last.safetensors"));
  expect_refusal(tiny.run("evaluate", "both", both(tiny)), 1, "evaluate.sets[0].systems[2].checkpoint");
}

}  // namespace
}  // namespace melomine
