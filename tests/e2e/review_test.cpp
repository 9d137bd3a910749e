#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "datasets/fragment_groups.h"
#include "review/queue.h"
#include "review/verdict_log.h"
#include "tests/e2e/loop_experiment.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::LoopExperiment;

#define EXPECT_SUCCESS(result)                \
  do {                                        \
    const auto& done = (result);              \
    ASSERT_EQ(done.status, 0) << done.output; \
  } while (false)

testing::CommandResult review(const LoopExperiment& tiny, std::vector<std::string> options) {
  options.insert(options.begin(), {"review", tiny.path("runs/a")});
  return testing::run_melomine(options);
}

TEST(E2eReview, VerdictsFeedTheNextTrainingAndLeaveFinishedOnesAlone) {
  const LoopExperiment tiny;
  const std::vector<std::string> settings = {"mine.match.relevant=0.9"};
  EXPECT_SUCCESS(tiny.loop("train", "a", settings));
  EXPECT_THAT(review(tiny, {}).output, HasSubstr("has no round that is mined"));
  EXPECT_SUCCESS(tiny.loop("mine", "a", settings));
  const std::string log = tiny.run_file("a", review::kVerdictsFile);
  const auto pairs = review::pairs_of(
      datasets::read_fragment_table(tiny.run_file("a", "round_01/mine/mined.csv")), review::Among::kAll);
  ASSERT_GT(pairs.size(), 6U);
  const auto judge = [&](size_t number, const std::string& reviewer, review::Answer answer) {
    review::append_verdict(log, {.pair = pairs[number].pair, .reviewer = reviewer, .answer = answer});
  };
  judge(0, "anna", review::Answer::kSame);
  judge(1, "anna", review::Answer::kDifferent);
  judge(2, "anna", review::Answer::kSame);
  judge(2, "ben", review::Answer::kDifferent);
  EXPECT_THAT(review(tiny, {"--status", "--among", "all"}).output,
              ::testing::AllOf(HasSubstr("2 of them decided (1 the same)"),
                               HasSubstr("1 accepted, 1 rejected, 1 tied"), HasSubstr("anna: 3 lines")));
  EXPECT_SUCCESS(review(tiny, {"--write", tiny.path("reviewed.csv")}));
  const auto reviewed = datasets::read_fragment_table(tiny.path("reviewed.csv"));
  EXPECT_EQ(std::count_if(reviewed.begin(), reviewed.end(),
                          [](const auto& row) { return row.verdict == datasets::Verdict::kRejected; }),
            1);

  const std::vector<std::string> round_1 = {"--round", "1", settings[0]};
  const auto trained = tiny.loop("train", "a", round_1);
  EXPECT_SUCCESS(trained);
  EXPECT_THAT(trained.output, HasSubstr("people accepted 1 pairs and rejected 1; 1 are tied"));
  EXPECT_EQ(read_file(tiny.run_file("a", "round_01/train/verdicts.jsonl")), read_file(log));
  const std::string model = read_file(tiny.run_file("a", "round_01/train/last.safetensors"));

  judge(3, "anna", review::Answer::kSame);
  const auto again = tiny.loop("train", "a", round_1);
  EXPECT_SUCCESS(again);
  EXPECT_THAT(again.output, HasSubstr("before the last 1 of 5 verdicts came"));
  EXPECT_EQ(read_file(tiny.run_file("a", "round_01/train/last.safetensors")), model);

  // Done again on purpose, it uses them all.
  fs::remove_all(tiny.run_file("a", "round_01/train"));
  EXPECT_THAT(tiny.loop("train", "a", round_1).output, HasSubstr("people accepted 2 pairs"));
}

}  // namespace
}  // namespace melomine
