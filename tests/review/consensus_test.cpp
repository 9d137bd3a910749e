#include "review/consensus.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/review/review_rows.h"

namespace melomine::review {
namespace {

using datasets::Verdict;
using testing::judgement_of_pair;
using testing::numbered_pair;
using testing::row_of_match;
using testing::row_of_original;

TEST(Consensus, TheMajorityDecidesAndATieDoesNot) {
  const Consensus consensus(
      {judgement_of_pair(1, "a", Answer::kSame), judgement_of_pair(1, "b", Answer::kSame),
       judgement_of_pair(1, "c", Answer::kDifferent), judgement_of_pair(2, "a", Answer::kSame),
       judgement_of_pair(2, "b", Answer::kDifferent), judgement_of_pair(3, "a", Answer::kSkip)});
  EXPECT_EQ(consensus.votes(numbered_pair(1)).majority(), Answer::kSame);
  EXPECT_EQ(consensus.votes(numbered_pair(2)).majority(), std::nullopt);
  EXPECT_EQ(consensus.votes(numbered_pair(3)).majority(), std::nullopt);
  EXPECT_EQ(consensus.votes(numbered_pair(3)).told(), 0);
  EXPECT_TRUE(consensus.votes(numbered_pair(4)).by_reviewer.empty());
  EXPECT_EQ(consensus.size(), 3);
}

TEST(Consensus, TheLastAnswerOfAReviewerCountsUnlessWithdrawn) {
  const Consensus consensus(
      {judgement_of_pair(1, "a", Answer::kSame), judgement_of_pair(1, "a", Answer::kDifferent),
       judgement_of_pair(2, "a", Answer::kSame), judgement_of_pair(2, "a", Answer::kWithdrawn)});
  EXPECT_EQ(consensus.votes(numbered_pair(1)).majority(), Answer::kDifferent);
  EXPECT_EQ(consensus.votes(numbered_pair(1)).told(), 1);
  EXPECT_TRUE(consensus.votes(numbered_pair(2)).by_reviewer.empty());
  EXPECT_EQ(consensus.size(), 1);
}

TEST(Consensus, APlaceThatAnotherRoundShiftedALittleIsTheSame) {
  const Consensus consensus({judgement_of_pair(1, "a", Answer::kSame)});
  Pair pair = numbered_pair(1);
  pair.place.start_s += 0.2;
  pair.place.end_s += 0.2;
  EXPECT_EQ(consensus.votes(pair).told(), 1);
  pair.place.start_s += 0.1;
  pair.place.end_s += 0.1;
  EXPECT_EQ(consensus.votes(pair).told(), 0);
  pair = numbered_pair(1);
  pair.original.end_s += 0.1;  // another fragment
  EXPECT_EQ(consensus.votes(pair).told(), 0);
}

TEST(Consensus, AgreementIsKrippendorffsAlpha) {
  // Five units of two reviewers: 3 same-same, 1 different-different, 1 split. n = 10, same 7, different 3;
  // alpha = 1 - 9 * 2 / (2 * 7 * 3) = 4/7.
  std::vector<Judgement> judgements;
  const Answer s = Answer::kSame, d = Answer::kDifferent;
  const std::pair<Answer, Answer> units[] = {{s, s}, {s, s}, {s, s}, {d, d}, {s, d}};
  int number = 0;
  for (const auto& [a, b] : units) {
    judgements.push_back(judgement_of_pair(number, "a", a));
    judgements.push_back(judgement_of_pair(number++, "b", b));
  }
  judgements.push_back(judgement_of_pair(9, "a", s));  // alone: not counted
  const Agreement agreement = Consensus(judgements).agreement();
  EXPECT_EQ(agreement.pairs, 5);
  EXPECT_EQ(agreement.unanimous, 4);
  EXPECT_NEAR(agreement.alpha, 4.0 / 7, 1e-12);
  EXPECT_TRUE(std::isnan(Consensus({}).agreement().alpha));
}

TEST(Consensus, RowsGetPeoplesVerdicts) {
  const auto original = row_of_original("song", {10, 20});
  std::vector<datasets::FragmentRow> rows = {
      original, row_of_match(original, "song_c", 20, 0.5), row_of_match(original, "song_c", 40, 0.9),
      row_of_match(original, "song_c", 60, 0.6), row_of_match(original, "song_d", 20, 0.6)};
  const AppliedVerdicts applied = apply_verdicts(
      rows,
      Consensus({judgement_of_pair(1, "a", Answer::kSame), judgement_of_pair(2, "a", Answer::kDifferent),
                 judgement_of_pair(3, "a", Answer::kSame), judgement_of_pair(3, "b", Answer::kDifferent)}));
  EXPECT_EQ(applied.accepted, 1);
  EXPECT_EQ(applied.rejected, 1);
  EXPECT_EQ(applied.tied, 1);
  EXPECT_EQ(rows[0].verdict, Verdict::kRelevant);
  EXPECT_EQ(rows[1].verdict, Verdict::kAccepted);
  EXPECT_TRUE(rows[1].check_by_crowdsource);
  EXPECT_EQ(rows[2].verdict, Verdict::kRejected);
  EXPECT_EQ(rows[3].verdict, Verdict::kUncertain);
  EXPECT_FALSE(rows[3].check_by_crowdsource);
  EXPECT_EQ(rows[4].verdict, Verdict::kUncertain);
}

}  // namespace
}  // namespace melomine::review
