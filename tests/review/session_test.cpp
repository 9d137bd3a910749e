#include "review/session.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/review/review_rows.h"
#include "tests/support/temp_folder.h"

namespace melomine::review {
namespace {

using melomine::testing::TempFolder;
using testing::row_of_match;
using testing::row_of_original;

/// Three uncertain pairs of correlation 0.6, 0.55 and 0.5, in this order.
std::vector<QueuedPair> three_pairs() {
  const auto original = row_of_original("a", {10, 20});
  auto pairs = pairs_of({original, row_of_match(original, "a_1", 30, 0.6),
                         row_of_match(original, "a_2", 30, 0.55), row_of_match(original, "a_3", 30, 0.5)},
                        Among::kUncertain);
  order_pairs(pairs, {.relevant = 0.65});
  return pairs;
}

TEST(ReviewSession, AsksEachPairOnceAndGoesOnWhereItStopped) {
  const TempFolder folder;
  const auto pairs = three_pairs();
  {
    ReviewSession session(folder / kVerdictsFile, pairs, 1);
    EXPECT_EQ(session.next("anna")->id, pairs[0].id);
    EXPECT_EQ(session.after_next("anna")->id, pairs[1].id);
    session.judge(pairs[0].id, "anna", Answer::kSame);
    session.judge(pairs[1].id, "anna", Answer::kSkip);
    EXPECT_EQ(session.next("anna")->id, pairs[2].id);
    EXPECT_FALSE(session.after_next("anna"));
  }
  ReviewSession session(folder / kVerdictsFile, pairs, 1);
  EXPECT_EQ(session.next("anna")->id, pairs[2].id);
  EXPECT_EQ(session.next("ben")->id, pairs[1].id);  // what she could not tell
  session.judge(pairs[2].id, "anna", Answer::kDifferent);
  EXPECT_FALSE(session.next("anna"));
  const ReviewProgress progress = session.progress("anna");
  EXPECT_EQ(progress.pairs, 3);
  EXPECT_EQ(progress.decided, 2);
  EXPECT_EQ(progress.same, 1);
  EXPECT_EQ(progress.mine, 3);
}

TEST(ReviewSession, SeveralVotesAreSoughtForPairsThatWereBegun) {
  const TempFolder folder;
  const auto pairs = three_pairs();
  ReviewSession anna(folder / kVerdictsFile, pairs, 2), ben(folder / kVerdictsFile, pairs, 2);
  anna.judge(pairs[2].id, "anna", Answer::kSame);
  EXPECT_EQ(ben.next("ben")->id, pairs[2].id);  // by another process, begun
  ben.judge(pairs[2].id, "ben", Answer::kDifferent);
  EXPECT_EQ(anna.next("carl")->id, pairs[2].id);  // tied
  anna.judge(pairs[2].id, "carl", Answer::kSame);
  EXPECT_EQ(anna.next("dora")->id, pairs[0].id);
  EXPECT_EQ(anna.progress("dora").decided, 1);
  EXPECT_EQ(anna.progress("dora").agreement.pairs, 1);
  EXPECT_EQ(anna.progress("dora").agreement.unanimous, 0);
}

TEST(ReviewSession, AnAnswerThatIsTakenBackIsAskedAgain) {
  const TempFolder folder;
  const auto pairs = three_pairs();
  ReviewSession session(folder / kVerdictsFile, pairs, 1);
  session.judge(pairs[0].id, "anna", Answer::kSame);
  session.judge(pairs[0].id, "anna", Answer::kWithdrawn);
  EXPECT_EQ(session.next("anna")->id, pairs[0].id);
  EXPECT_THROW(session.judge("0123456789abcdef", "anna", Answer::kSame), DataError);
  EXPECT_THROW(session.judge(pairs[0].id, " ", Answer::kSame), DataError);
}

}  // namespace
}  // namespace melomine::review
