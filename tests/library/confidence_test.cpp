#include "library/confidence.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "tests/support/temp_folder.h"

namespace melomine::library {
namespace {

std::vector<KnownAnswer> logistic_answers(double weight, double bias, int count) {
  std::vector<KnownAnswer> answers;
  RandomStream random({7});
  for (int i = 0; i < count; ++i) {
    const double x = random.uniform(-3, 3);
    answers.push_back({x, random.chance(1 / (1 + std::exp(-(weight * x + bias))))});
  }
  return answers;
}

TEST(Confidence, FindsTheCurveThatAnswersWereDrawnFrom) {
  const Confidence confidence = calibrate(logistic_answers(2, -1, 20000), 0.05);
  EXPECT_NEAR(confidence.weight, 2, 0.1);
  EXPECT_NEAR(confidence.bias, -1, 0.1);
  EXPECT_NEAR(confidence.of(0.5), 0.5, 0.02);
}

TEST(Confidence, LetsNoMoreWrongAnswersPassThanAllowed) {
  const auto answers = logistic_answers(2, -1, 2000);
  for (const double most : {0.0, 0.05, 0.2, 1.0}) {
    const Confidence confidence = calibrate(answers, most);
    double wrong = 0, given = 0, given_below = 0;
    double next = -INFINITY;
    for (const KnownAnswer& answer : answers)
      if (answer.evidence < confidence.threshold) next = std::max(next, answer.evidence);
    for (const KnownAnswer& answer : answers) {
      if (answer.is_right) continue;
      ++wrong;
      given += answer.evidence >= confidence.threshold;
      given_below += answer.evidence >= next;
    }
    EXPECT_LE(given / wrong, most);
    if (most < 1) {
      EXPECT_GT(given_below / wrong, most) << "a lower threshold would do";
    }
  }
}

TEST(Confidence, StaysFiniteWhereRightAndWrongAreApart) {
  std::vector<KnownAnswer> answers;
  answers.reserve(10);
  for (int i = 0; i < 10; ++i) answers.push_back({i < 5 ? 0.1 : 0.9, i >= 5});
  const Confidence confidence = calibrate(answers, 0);
  EXPECT_TRUE(std::isfinite(confidence.weight));
  EXPECT_GT(confidence.of(0.9), 0.8);
  EXPECT_LT(confidence.of(0.1), 0.2);
  EXPECT_DOUBLE_EQ(confidence.threshold, 0.9);
}

TEST(Confidence, RefusesTooFewAnswers) {
  EXPECT_THROW(calibrate(std::vector<KnownAnswer>{{1, true}, {0, false}}, 0.05), DataError);
}

TEST(Confidence, IsReadAsItWasWritten) {
  const melomine::testing::TempFolder folder;
  EXPECT_FALSE(read_confidence(folder.path()));
  const Confidence written = calibrate(logistic_answers(1, 0, 100), 0.1);
  write_confidence(folder.path(), written);
  const auto read = read_confidence(folder.path());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->weight, written.weight);
  EXPECT_EQ(read->threshold, written.threshold);
  EXPECT_EQ(read->curve.size(), written.curve.size());
}

TEST(Confidence, SaysWhatCountsAsFound) {
  std::vector<FoundSong> found(2);
  found[0].score = 0.9;
  found[1].score = 0.4;
  Confidence confidence{.weight = 2, .bias = -1, .threshold = 0.5, .curve = {}};
  EXPECT_TRUE(sureness_of(found, confidence).is_match);
  EXPECT_NEAR(*sureness_of(found, confidence).confidence, 0.5, 1e-12);
  confidence.threshold = 0.51;
  EXPECT_FALSE(sureness_of(found, confidence).is_match);
  EXPECT_TRUE(sureness_of(found, std::nullopt).is_match);
  EXPECT_FALSE(sureness_of(found, std::nullopt).confidence);
  EXPECT_FALSE(sureness_of({}, confidence).is_match);
}

TEST(Confidence, MeasuresHowFarTheBestStandsOut) {
  std::vector<FoundSong> found(3);
  found[0].score = 0.9;
  found[1].score = 0.5;
  found[2].score = 0.3;
  EXPECT_NEAR(*evidence_of(found), 0.5, 1e-12);
  EXPECT_FALSE(evidence_of(std::vector<FoundSong>(1)));
}

}  // namespace
}  // namespace melomine::library
