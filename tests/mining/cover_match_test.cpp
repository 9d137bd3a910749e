#include "mining/cover_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "configs/config.h"
#include "core/error.h"
#include "tests/mining/planted.h"

namespace melomine::mining {
namespace {

using testing::correlation_at;
using testing::duration_of;
using testing::kHop_s;
using testing::kWindow_s;
using testing::MelodyCurve;
using testing::random_sequence;
using testing::rows_interval;

/// Sums of 128 float products each 2^-24 off, averaged.
constexpr double kFloatError = 1e-6;

CoverMatches match_one(const retrieval::FingerprintSequence& original, const TimeInterval& fragment,
                       const retrieval::FingerprintSequence& cover, double cover_s,
                       const MatchConfig& config = {}) {
  return CoverMatcher(original, {fragment}, kWindow_s, config).match(cover, cover_s);
}

TEST(PropertyCoverMatch, BestEqualsTheDefinitionForFragmentsOverSeveralProducts) {
  const auto original = random_sequence(600, 16, 1), cover = random_sequence(431, 16, 2);
  // Rows end to end cross the borders of products of 128 rows, one fragment spans two of them whole.
  const std::vector<std::pair<int64_t, int64_t>> rows{{0, 60},  {70, 50},  {120, 300},
                                                      {430, 1}, {440, 61}, {510, 90}};
  std::vector<TimeInterval> fragments;
  for (const auto& [first, steps] : rows) fragments.push_back(rows_interval(first, steps));
  MatchConfig config;
  config.irrelevant = -1;
  const auto found = CoverMatcher(original, fragments, kWindow_s, config).match(cover, duration_of(cover));
  ASSERT_EQ(found.best.size(), rows.size());
  for (size_t f = 0; f < rows.size(); ++f) {
    const auto [first, steps] = rows[f];
    double best = -1;
    int64_t best_lag = 0;
    for (int64_t lag = 0; lag + steps <= cover.steps; ++lag) {
      const double value =
          correlation_at(original.row(first).data(), cover.row(lag).data(), steps, original.dim);
      if (value > best) best = value, best_lag = lag;
    }
    EXPECT_EQ(found.best[f].fragment, static_cast<int64_t>(f));
    EXPECT_NEAR(found.best[f].correlation, best, kFloatError) << f;
    EXPECT_NEAR(found.best[f].interval.start_s, static_cast<double>(best_lag) * kHop_s, 0.5 * kHop_s + 1e-9)
        << f;
  }
}

TEST(CoverMatch, MaskedStepsCountForNothingAtAnyTempo) {
  const MelodyCurve curve;
  auto original = curve.sequence(60, [](double t) { return t; });
  auto cover = curve.sequence(60, [](double t) { return 1.25 * t - 12.5; });
  // Seconds 24 to 28 of the original, 29.2 to 32.4 of the cover, are another melody, and masked in both.
  const auto mask = [&](retrieval::FingerprintSequence& z, double start_s, double end_s) {
    z.voiced.assign(static_cast<size_t>(z.steps), 1);
    for (int64_t t = 0; t < z.steps; ++t) {
      const double center_s = z.first_center_s + static_cast<double>(t) * z.hop_s;
      if (center_s < start_s || center_s >= end_s) continue;
      z.voiced[static_cast<size_t>(t)] = 0;
      std::fill_n(z.values.begin() + t * z.dim, z.dim, 0.0F);
    }
  };
  MatchConfig config;
  config.tempo_ratios = {1, 1.25};
  const double unmasked = match_one(original, {20, 35}, cover, 60, config).best.at(0).correlation;
  mask(original, 24, 28);
  mask(cover, 29.2, 32.4);
  const auto found = match_one(original, {20, 35}, cover, 60, config);
  ASSERT_EQ(found.matches.size(), 1U);
  EXPECT_EQ(found.matches[0].tempo_ratio, 1.25);
  EXPECT_NEAR(found.matches[0].interval.start_s, 26, 0.05);
  EXPECT_NEAR(found.matches[0].correlation, unmasked, 0.02) << "a hole in both takes nothing away";
  // What is masked in one alone is not compared either, but has its cost where that is asked for.
  cover.voiced.clear();
  const auto one_sided = match_one(original, {20, 35}, cover, 60, config);
  EXPECT_NEAR(one_sided.best.at(0).correlation, unmasked, 0.02);
  mask(cover, 29.2, 42);
  config.similarity.uncovered_cost = 1;
  EXPECT_LT(match_one(original, {20, 35}, cover, 60, config).best.at(0).correlation, 0.5);
}

TEST(CoverMatch, CorrelationOfAShiftIsTheCurvesProduct) {
  const MelodyCurve curve;
  const auto original = curve.sequence(60, [](double t) { return t; });
  // Every window of the cover is 0.1 s off the nearest of the fragment.
  const auto cover = curve.sequence(90, [](double t) { return t - 30.1; });
  const auto found = match_one(original, {20, 32}, cover, 90);
  ASSERT_EQ(found.matches.size(), 1U);
  EXPECT_NEAR(found.matches[0].correlation, curve.product(0.1), kFloatError);
  ASSERT_EQ(found.best.size(), 1U);
  EXPECT_EQ(found.best[0].interval, found.matches[0].interval);
}

TEST(PropertyCoverMatch, ShiftOfTheCoverMovesTheMatch) {
  const MelodyCurve curve;
  const auto original = curve.sequence(60, [](double t) { return t; });
  // The fragment's start is off the grid of windows, too: only the sum of both must come out.
  for (const double start_s : {20.0, 20.1, 20.125, 20.24}) {
    for (double shift_s = 5; shift_s < 6; shift_s += 0.03) {
      const auto cover = curve.sequence(90, [&](double t) { return t - shift_s; });
      const auto found = match_one(original, {start_s, start_s + 12}, cover, 90);
      ASSERT_EQ(found.matches.size(), 1U);
      // The curve is two hops wide; a parabola through a Gaussian of that width is at most 0.01 hop off, its
      // random features bend it a little more.
      EXPECT_NEAR(found.matches[0].interval.start_s, start_s + shift_s, 0.02 * kHop_s) << shift_s;
    }
  }
}

TEST(CoverMatch, WithoutRefinementLagsAreWholeHops) {
  const MelodyCurve curve;
  const auto original = curve.sequence(60, [](double t) { return t; });
  const auto cover = curve.sequence(90, [](double t) { return t - 5.1; });
  MatchConfig config;
  config.refine = Refine::kNone;
  const auto found = match_one(original, {20, 32}, cover, 90, config);
  ASSERT_EQ(found.matches.size(), 1U);
  EXPECT_NEAR(found.matches[0].interval.start_s, 25, 1e-9);
}

TEST(CoverMatch, FindsEveryOccurrence) {
  const MelodyCurve curve;
  const auto original = curve.sequence(60, [](double t) { return t; });
  // Places 10..25 three times, back to back the second and third time; elsewhere another melody.
  const auto cover = curve.sequence(120, [](double t) {
    for (const double start_s : {20.0, 60.0, 75.0})
      if (t >= start_s && t < start_s + 15) return 10 + t - start_s;
    return 500 + t;
  });
  const auto found = match_one(original, {10, 25}, cover, 120);
  std::vector<double> starts_s;
  for (const CoverMatch& match : found.matches) starts_s.push_back(match.interval.start_s);
  std::sort(starts_s.begin(), starts_s.end());
  ASSERT_EQ(starts_s.size(), 3U);
  EXPECT_NEAR(starts_s[0], 20, 0.02);
  EXPECT_NEAR(starts_s[1], 60, 0.02);
  EXPECT_NEAR(starts_s[2], 75, 0.02);
  EXPECT_EQ(found.best.size(), 1U);
}

TEST(CoverMatch, RepeatShareDropsPartialRepeatsAndKeepsWholeOnes) {
  const MelodyCurve curve;
  const auto original = curve.sequence(60, [](double t) { return t; });
  // Places 10..25 whole at 20 and 80 s, half of them at 50 s.
  const auto cover = curve.sequence(120, [](double t) {
    if ((t >= 20 && t < 35) || (t >= 50 && t < 57.5)) return 10 + (t < 40 ? t - 20 : t - 50);
    if (t >= 80 && t < 95) return 10 + t - 80;
    return 500 + t;
  });
  const auto starts_s = [&](double share) {
    std::vector<double> all;
    for (const CoverMatch& match : match_one(original, {10, 25}, cover, 120, {.repeat_share = share}).matches)
      all.push_back(std::round(match.interval.start_s));
    std::sort(all.begin(), all.end());
    return all;
  };
  EXPECT_EQ(starts_s(0), (std::vector<double>{20, 50, 80}));
  EXPECT_EQ(starts_s(0.9), (std::vector<double>{20, 80}));
}

TEST(PropertyCoverMatch, IntervalsLastAsTheFragmentAtTheirTempoInsideTheCoverAndApart) {
  const MelodyCurve curve;
  const auto original = curve.sequence(100, [](double t) { return t; });
  RandomStream random({stream_id("intervals")});
  for (int trial = 0; trial < 200; ++trial) {
    const double start_s = random.uniform(0, 70), length_s = random.uniform(8, 20);
    // Places begin and end anywhere, so that matches come to lie across the cover's ends.
    const double cover_s = random.uniform(8, 60), first_s = random.uniform(0, 90);
    const auto cover = curve.sequence(cover_s, [&](double t) { return first_s + t; });
    MatchConfig config;
    config.irrelevant = -1;
    config.tempo_ratios = {1, 1.1};
    const auto found = match_one(original, {start_s, start_s + length_s}, cover, cover_s, config);
    EXPECT_EQ(found.best.empty(), length_s / 1.1 > cover_s + 1e-6);
    for (size_t i = 0; i < found.matches.size(); ++i) {
      const TimeInterval& interval = found.matches[i].interval;
      EXPECT_NEAR(interval.duration_s(), length_s / found.matches[i].tempo_ratio, 1e-9);
      EXPECT_GE(interval.start_s, 0);
      EXPECT_LE(interval.end_s, cover_s);
      EXPECT_TRUE(std::isfinite(found.matches[i].correlation));
      EXPECT_LE(found.matches[i].correlation, found.matches[i > 0 ? i - 1 : 0].correlation);
      for (size_t j = 0; j < i; ++j) {
        const TimeInterval& other = found.matches[j].interval;
        EXPECT_GE(std::abs(interval.center_s() - other.center_s()),
                  0.5 * (interval.duration_s() + other.duration_s()) - 1e-5);
      }
    }
  }
}

/// Every row (share, sqrt(1 - share²)), against an original of rows (1, 0).
retrieval::FingerprintSequence constant_rows(int64_t steps, float share) {
  retrieval::FingerprintSequence z{
      .steps = steps, .dim = 2, .hop_s = kHop_s, .first_center_s = 0.5 * kWindow_s, .values = {}};
  for (int64_t t = 0; t < steps; ++t) {
    z.values.push_back(share);
    z.values.push_back(std::sqrt(1 - share * share));
  }
  return z;
}

TEST(CoverMatch, ThresholdsHoldTheirOwnValue) {
  const auto original = constant_rows(100, 1);
  const auto kept = [&](float correlation) {
    const auto found = match_one(original, rows_interval(10, 32), constant_rows(32, correlation), 10.75,
                                 {.relevant = 0.5, .irrelevant = 0.25});
    EXPECT_EQ(found.best.size(), 1U);
    EXPECT_NEAR(found.best.at(0).correlation, correlation, 1e-12);
    return found.matches.size();
  };
  EXPECT_EQ(kept(0.25F), 1U);
  EXPECT_EQ(kept(std::nextafter(0.25F, 0.0F)), 0U);
  EXPECT_EQ(kept(-1), 0U);
  const MatchConfig config;
  EXPECT_EQ(verdict_of(0.5, kNoRival, config), Verdict::kRelevant);
  EXPECT_EQ(verdict_of(0.5, -0.1, config), Verdict::kRelevant) << "the margin does not count by default";
  EXPECT_EQ(verdict_of(std::nextafter(0.5, 0.0), kNoRival, config), Verdict::kUncertain);
  EXPECT_EQ(verdict_of(0.3, kNoRival, config), Verdict::kUncertain);
  const MatchConfig careful{.settle = {.margin = 0.1}};
  EXPECT_EQ(verdict_of(0.9, 0.1, careful), Verdict::kRelevant);
  EXPECT_EQ(verdict_of(0.9, 0.09, careful), Verdict::kUncertain);
  EXPECT_EQ(verdict_of(0.4, kNoRival, careful), Verdict::kUncertain);
  EXPECT_EQ(verdict_of(0.9, kUnsettled, config), Verdict::kUncertain) << "what is not settled is for people";
}

TEST(CoverMatch, AConstantCorrelationIsOnePeak) {
  const auto found =
      match_one(constant_rows(100, 1), rows_interval(10, 32), constant_rows(400, 0.6F), 102.75);
  ASSERT_EQ(found.matches.size(), 1U);
  EXPECT_NEAR(found.matches[0].correlation, 0.6, kFloatError);
}

TEST(CoverMatch, PeaksAtBothEndsOfTheLagsCount) {
  const MelodyCurve curve;
  const auto original = curve.sequence(60, [](double t) { return t; });
  // The melody's tail is cut off at both ends: the cover begins at the fragment's start and ends at its end.
  const auto cover = curve.sequence(50, [](double t) { return t < 25 ? 20 + t : t - 18; });
  const auto found = match_one(original, {20, 32}, cover, 50);
  ASSERT_EQ(found.matches.size(), 2U);
  std::vector<double> starts_s{found.matches[0].interval.start_s, found.matches[1].interval.start_s};
  std::sort(starts_s.begin(), starts_s.end());
  EXPECT_NEAR(starts_s[0], 0, 1e-9);
  EXPECT_NEAR(starts_s[1], 38, 1e-9);
}

TEST(CoverMatch, AFragmentLongerThanTheCoverHasNoMatch) {
  const MelodyCurve curve;
  const auto original = curve.sequence(60, [](double t) { return t; });
  const auto cover = curve.sequence(11.9, [](double t) { return 20 + t; });
  const auto found = CoverMatcher(original, {{20, 32}, {21, 31}}, kWindow_s, {}).match(cover, 11.9);
  ASSERT_EQ(found.best.size(), 1U);
  EXPECT_EQ(found.best[0].fragment, 1);
  EXPECT_NEAR(found.best[0].interval.start_s, 1, 0.01);
}

TEST(CoverMatch, TempoRatioFindsWhatTheOriginalsTempoMisses) {
  const MelodyCurve curve(0.3, 128);
  const auto original = curve.sequence(80, [](double t) { return t; });
  for (const double ratio : {0.8, 1.25}) {
    // Place 40, the fragment's centre, sounds at 30 s.
    const auto cover = curve.sequence(70, [&](double t) { return 40 + ratio * (t - 30); });
    const TimeInterval fragment{32, 48};
    const auto plain = match_one(original, fragment, cover, 70);
    ASSERT_EQ(plain.best.size(), 1U);
    EXPECT_LT(plain.best[0].correlation, 0.5);
    MatchConfig config;
    config.tempo_ratios = {0.8, 1, 1.25};
    const auto found = match_one(original, fragment, cover, 70, config);
    ASSERT_FALSE(found.matches.empty());
    EXPECT_EQ(found.matches[0].tempo_ratio, ratio);
    EXPECT_GT(found.matches[0].correlation, 0.95);
    EXPECT_NEAR(found.matches[0].interval.center_s(), 30, 0.03);
    EXPECT_NEAR(found.matches[0].interval.duration_s(), 16 / ratio, 1e-9);
    EXPECT_EQ(found.matches.size(), 1U) << "the other ratios' peaks overlap the best";
  }
}

TEST(PropertyCoverMatch, MoreRatiosNeverLowerTheBest) {
  const MelodyCurve curve;
  const auto original = curve.sequence(60, [](double t) { return t; });
  const auto cover = curve.sequence(70, [](double t) { return 1.05 * t; });
  MatchConfig one, three;
  three.tempo_ratios = {1, 1.05, 0.95};
  const auto a = match_one(original, {20, 32}, cover, 70, one),
             b = match_one(original, {20, 32}, cover, 70, three);
  EXPECT_GE(b.best.at(0).correlation, a.best.at(0).correlation);
}

TEST(CoverMatch, NothingToMatch) {
  const auto original = random_sequence(100, 8, 1), cover = random_sequence(80, 8, 2);
  const CoverMatcher none(original, {}, kWindow_s, {});
  EXPECT_TRUE(none.match(cover, 22.75).best.empty());
  const CoverMatcher one(original, {{0, 10}}, kWindow_s, {});
  retrieval::FingerprintSequence empty = cover;
  empty.steps = 0, empty.values.clear();
  EXPECT_TRUE(one.match(empty, 0).best.empty());
}

TEST(CoverMatch, RefusesOtherFingerprints) {
  const CoverMatcher matcher(random_sequence(100, 8, 1), {{0, 10}}, kWindow_s, {});
  EXPECT_THROW(matcher.match(random_sequence(80, 9, 2), 22.75), ShapeError);
  EXPECT_THROW(matcher.match(random_sequence(80, 8, 2, 0.5), 42.5), ShapeError);
}

TEST(MatchConfig, RefusesWhatCannotBe) {
  const auto parse = [](const std::string& text) {
    return configs::parse_config<MatchConfig>(text, "test.yaml");
  };
  EXPECT_EQ(parse("relevant: 0.6\ntempo_ratios: [0.9, 1]").tempo_ratios.size(), 2U);
  EXPECT_EQ(parse("{relevant: 0.3, irrelevant: 0.3}").relevant, 0.3);
  for (const char* wrong :
       {"relevant: 0.2", "relevant: 1.5", "tempo_ratios: []", "tempo_ratios: [0]", "refine: spline"})
    EXPECT_THROW(parse(wrong), ConfigError) << wrong;
}

}  // namespace
}  // namespace melomine::mining
