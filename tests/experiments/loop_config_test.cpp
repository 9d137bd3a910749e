#include "experiments/loop_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "experiments/loop_progress.h"

namespace melomine::experiments {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoopConfig gated(double tolerance) {
  LoopConfig config;
  config.gate = GateBy::kValidation;
  config.gate_tolerance = tolerance;
  return config;
}

TEST(Gate, WithoutOneEveryEncoderPasses) {
  EXPECT_THAT(gate_refusal(LoopConfig{}, 0.9, 0.1), IsEmpty());
}

TEST(Gate, AFallIsRefusedSayingFromWhatToWhat) {
  EXPECT_THAT(gate_refusal(gated(0), 0.75, 0.5), AllOf(HasSubstr("0.5000"), HasSubstr("0.7500")));
  EXPECT_THAT(gate_refusal(gated(0), 0.5, 0.75), IsEmpty());
}

TEST(Gate, TheSameMetricPassesAndSoDoesAFallAsLargeAsTheTolerance) {
  EXPECT_THAT(gate_refusal(gated(0), 0.5, 0.5), IsEmpty());
  EXPECT_THAT(gate_refusal(gated(0.25), 0.75, 0.5), IsEmpty());  // exact in binary
  EXPECT_FALSE(gate_refusal(gated(0.25), 0.75, 0.4999).empty());
}

TEST(Gate, WhereOneOfTheTwoWasNotValidatedNothingIsRefused) {
  EXPECT_THAT(gate_refusal(gated(0), std::nullopt, 0.1), IsEmpty());
  EXPECT_THAT(gate_refusal(gated(0), 0.9, std::nullopt), IsEmpty());
}

/// Rounds of these yields a song, behind round 0, which mines nothing.
std::vector<RoundOutcome> of_yields(const std::vector<double>& yields) {
  std::vector<RoundOutcome> rounds(1);
  for (const double yield : yields) rounds.push_back({.validation_mrr = {}, .yield_per_song = yield});
  return rounds;
}

std::vector<RoundOutcome> of_metrics(const std::vector<std::optional<double>>& metrics) {
  std::vector<RoundOutcome> rounds;
  for (const auto& metric : metrics)
    rounds.push_back({.validation_mrr = metric, .yield_per_song = static_cast<double>(rounds.size())});
  return rounds;
}

TEST(Stall, WithoutPatienceNothingEndsTheLoop) {
  EXPECT_THAT(stall({}, of_yields({5, 4, 3, 2, 1})), IsEmpty());
  EXPECT_THAT(stall({}, of_metrics({0.9, 0.1, 0.1, 0.1})), IsEmpty());
}

TEST(Stall, BeforeAnyRoundOrAfterTheFirstThereIsNothingToCompare) {
  const StopConfig eager{.yield_patience = 1, .metric_patience = 1};
  EXPECT_THAT(stall(eager, {}), IsEmpty());
  EXPECT_THAT(stall(eager, of_metrics({0.5})), IsEmpty());
  // The yield of round 1 is the first there is, even where it is 0.
  EXPECT_THAT(stall({.yield_patience = 1}, of_yields({0})), IsEmpty());
}

TEST(Stall, YieldsThatDoNotRiseForAsLongAsThePatienceEndIt) {
  const StopConfig two{.yield_patience = 2};
  EXPECT_THAT(stall(two, of_yields({3, 3})), IsEmpty());
  EXPECT_THAT(stall(two, of_yields({3, 3, 3})), HasSubstr("yield has not risen for 2 round"));
  EXPECT_THAT(stall(two, of_yields({3, 2, 4, 3})), IsEmpty());  // the rise starts the count again
  // Above the last but not above the best is no rise.
  EXPECT_THAT(stall(two, of_yields({4, 2, 3})), HasSubstr("yield"));
  EXPECT_THAT(stall({.yield_patience = 1}, of_yields({0, 0})), HasSubstr("yield"));
}

TEST(Stall, AYieldHasToRiseByMoreThanTheShareAskedFor) {
  const StopConfig half{.yield_patience = 1, .min_yield_rise = 0.5};
  EXPECT_THAT(stall(half, of_yields({2, 3})), HasSubstr("yield"));  // by exactly one half
  EXPECT_THAT(stall(half, of_yields({2, 3.01})), IsEmpty());
}

TEST(Stall, MetricsThatDoNotRiseEndItCountedFromRoundZero) {
  const StopConfig one{.metric_patience = 1};
  EXPECT_THAT(stall(one, of_metrics({0.5, 0.5})), HasSubstr("validation MRR has not risen for 1 round"));
  EXPECT_THAT(stall(one, of_metrics({0.5, 0.6})), IsEmpty());
  EXPECT_THAT(stall({.metric_patience = 2}, of_metrics({0.5, 0.4, 0.6, 0.5})), IsEmpty());
  EXPECT_THAT(stall({.metric_patience = 2}, of_metrics({0.5, 0.6, 0.5, 0.55})), HasSubstr("2 round"));
}

TEST(Stall, AMetricHasToRiseByMoreThanTheDifferenceAskedFor) {
  const StopConfig quarter{.metric_patience = 1, .min_metric_rise = 0.25};
  EXPECT_THAT(stall(quarter, of_metrics({0.5, 0.75})), HasSubstr("validation MRR"));
  EXPECT_THAT(stall(quarter, of_metrics({0.5, 0.76})), IsEmpty());
}

TEST(Stall, RoundsWithoutAMetricDoNotCountAsOnesWithoutARise) {
  EXPECT_THAT(stall({.metric_patience = 2}, of_metrics({0.5, std::nullopt, 0.4})), IsEmpty());
  EXPECT_THAT(stall({.metric_patience = 1}, of_metrics({std::nullopt, std::nullopt})), IsEmpty());
}

LoopConfig with_hum_share(double share) {
  LoopConfig config;
  config.hum_share = share;
  return config;
}

TEST(HumShare, WeighsHumGroupsUntilTheyAreTheShareOfWhatIsDrawn) {
  EXPECT_DOUBLE_EQ(hum_weight(with_hum_share(0), 10, 1000), 1);
  EXPECT_DOUBLE_EQ(hum_weight(with_hum_share(0.5), 10, 100), 10);
  EXPECT_DOUBLE_EQ(hum_weight(with_hum_share(0.75), 10, 100), 30);
  EXPECT_DOUBLE_EQ(hum_weight(with_hum_share(0.5), 10, 101), 10.1) << "exactly the share";
}

TEST(HumShare, IsNeverLessThanOnceAndDoesWithoutHumsOrMinedGroups) {
  EXPECT_EQ(hum_weight(with_hum_share(0.5), 100, 10), 1);
  EXPECT_EQ(hum_weight(with_hum_share(0.5), 100, 0), 1);
  EXPECT_EQ(hum_weight(with_hum_share(0.5), 0, 10), 1);
}

RoundRecord round_of(int round, std::optional<double> mrr, int64_t relevant = 0) {
  RoundRecord record;
  record.round = round;
  record.validation_mrr = mrr;
  record.songs_mined = round == 0 ? 0 : 2;
  record.relevant = relevant;
  return record;
}

TEST(AcceptedRounds, AreComparedWithTheEncoderInForce) {
  const std::vector<std::optional<double>> metrics = {0.5, 0.4, 0.45, 0.6, 0.3};
  EXPECT_THAT(accepted_rounds(gated(0), metrics), ::testing::ElementsAre(true, false, false, true, false));
  EXPECT_THAT(accepted_rounds({}, metrics), ::testing::Each(true));
  EXPECT_EQ(in_force({true, false, true, false}), 2u);
  EXPECT_EQ(in_force({true, false, false}), 0u);
}

TEST(LoopProgress, JudgesARoundByThoseBeforeIt) {
  LoopConfig config = gated(0);
  config.rounds = 3;
  config.stop.yield_patience = 1;
  LoopProgress progress(config);
  RoundRecord first = round_of(0, 0.5), second = round_of(1, 0.4, 8), third = round_of(2, 0.45, 8);
  second.stop_reason = "of an earlier call";
  for (RoundRecord* record : {&first, &second, &third}) progress.judge(*record);
  EXPECT_TRUE(first.accepted);
  EXPECT_THAT(first.reason, IsEmpty());
  EXPECT_FALSE(second.accepted);
  EXPECT_THAT(second.reason, HasSubstr("0.4000 is below 0.5000"));
  EXPECT_THAT(second.stop_reason, IsEmpty());
  EXPECT_THAT(third.reason, HasSubstr("0.4500 is below 0.5000"));
  EXPECT_THAT(third.stop_reason, HasSubstr("yield has not risen"));
}

TEST(LoopProgress, AfterTheLastRoundThereIsNothingToStop) {
  LoopConfig config;
  config.rounds = 2;
  config.stop.yield_patience = 1;
  LoopProgress progress(config);
  RoundRecord last = round_of(2, {}, 1);
  for (int round = 0; round < 2; ++round) {
    RoundRecord record = round_of(round, {}, 1);
    progress.judge(record);
  }
  progress.judge(last);
  EXPECT_THAT(last.stop_reason, IsEmpty());
}

}  // namespace
}  // namespace melomine::experiments
