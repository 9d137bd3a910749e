#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "mining/cover_match.h"
#include "tests/mining/planted.h"

namespace melomine::mining {
namespace {

using testing::duration_of;
using ::testing::ElementsAre;
using testing::kHop_s;
using testing::kWindow_s;
using testing::random_sequence;
using testing::rows_interval;

/// Recordings of phrases that have next to nothing in common, or share a part as they are told.
class Phrases {
 public:
  explicit Phrases(uint64_t seed) : seed_(seed) {}
  /// Rows of phrase `main`, of which a share comes from phrase `other`.
  void add(uint64_t main, uint64_t other = 0, double share = 0) {
    const auto a = phrase(main), b = phrase(other);
    const double own = std::sqrt(1 - share * share);
    for (size_t i = 0; i < a.values.size(); ++i)
      z_.values.push_back(static_cast<float>(own * static_cast<double>(a.values[i]) +
                                             share * static_cast<double>(b.values[i])));
    z_.steps += kRows;
  }
  const retrieval::FingerprintSequence& sequence() const { return z_; }
  /// 9.75 s of the k-th phrase added, which begin 1.5 s after its own 10 s: no window holds two phrases.
  static TimeInterval at(int64_t k) { return rows_interval(k * kRows + 6, kRows - 12); }

 private:
  static constexpr int64_t kRows = 40;
  /// Rows that have next to nothing to do with those of another phrase, nor with each other.
  retrieval::FingerprintSequence phrase(uint64_t id) const {
    return random_sequence(kRows, 256, 1000 * seed_ + id);
  }
  uint64_t seed_;
  retrieval::FingerprintSequence z_{
      .steps = 0, .dim = 256, .hop_s = kHop_s, .first_center_s = 0.5 * kWindow_s, .values = {}};
};

std::vector<std::pair<int64_t, double>> fragments_and_starts(const std::vector<CoverMatch>& matches) {
  std::vector<std::pair<int64_t, double>> all;
  all.reserve(matches.size());
  for (const CoverMatch& match : matches)
    all.emplace_back(match.fragment, std::round(10 * match.interval.start_s) / 10);
  std::sort(all.begin(), all.end());
  return all;
}

class SettledCover : public ::testing::Test {
 protected:
  SettledCover() {
    for (const uint64_t phrase : {1, 2, 3, 4}) original_.add(phrase);
    for (int64_t k = 0; k < 4; ++k) fragments_.push_back(Phrases::at(k));
  }
  CoverMatches match(const Phrases& cover, const SettleConfig& settle) const {
    const MatchConfig config{
        .irrelevant = 0.4, .refine = Refine::kNone, .repeat_share = 0.9, .settle = settle};
    return CoverMatcher(original_.sequence(), fragments_, kWindow_s, config)
        .match(cover.sequence(), duration_of(cover.sequence()));
  }
  /// Where fragment f is found when it lies in the k-th place.
  static std::pair<int64_t, double> place(int64_t f, int64_t k) { return {f, Phrases::at(k).start_s}; }
  Phrases original_{7};
  std::vector<TimeInterval> fragments_;
  const SettleConfig path_{.by = SettleBy::kPath};
};

TEST_F(SettledCover, APlaceThatAnotherFragmentHoldsIsNoMatch) {
  // Fragment 1 is sung unlike itself, and fragment 2's place resembles it more than its own.
  Phrases cover(7);
  cover.add(1);
  cover.add(2, 90, 0.75);
  cover.add(3, 2, 0.69);
  cover.add(4);
  const auto right = std::vector{place(0, 0), place(1, 1), place(2, 2), place(3, 3)};
  const auto peaks = fragments_and_starts(match(cover, {}).matches);
  EXPECT_NE(peaks, right);
  EXPECT_TRUE(std::count(peaks.begin(), peaks.end(), place(1, 2)));
  EXPECT_EQ(fragments_and_starts(match(cover, path_).matches), right);
}

TEST_F(SettledCover, SectionsMayBeMovedRepeatedAndLeftOut) {
  Phrases cover(7);
  for (const uint64_t phrase : {3, 4, 91, 1, 3, 4}) cover.add(phrase);
  const auto right = std::vector{place(0, 3), place(2, 0), place(2, 4), place(3, 1), place(3, 5)};
  const auto found = match(cover, path_);
  EXPECT_EQ(fragments_and_starts(found.matches), right);
  ASSERT_EQ(found.best.size(), 4U);
  EXPECT_LT(found.best[1].correlation, 0.4) << "fragment 1 is not there; its best place is told all the same";
}

TEST_F(SettledCover, AWeakPlaceInTheRightOrderIsKeptAndOneOutOfOrderIsNot) {
  Phrases cover(7);
  cover.add(1);
  cover.add(2, 92, 0.87);  // correlates at 0.49 with fragment 1
  cover.add(3);
  cover.add(4);
  EXPECT_EQ(fragments_and_starts(match(cover, path_).matches),
            (std::vector{place(0, 0), place(1, 1), place(2, 2), place(3, 3)}));
  Phrases moved(7);
  moved.add(1);
  moved.add(93);
  moved.add(3);
  moved.add(2, 92, 0.87);
  moved.add(4);
  const auto found = match(moved, path_).matches;
  EXPECT_EQ(fragments_and_starts(found), (std::vector{place(0, 0), place(1, 3), place(2, 2), place(3, 4)}));
  for (const CoverMatch& m : found) EXPECT_EQ(m.margin == kUnsettled, m.fragment == 1);
}

TEST_F(SettledCover, TheMarginIsOverTheBestPlaceThatNothingExplains) {
  Phrases cover(7);
  cover.add(1);
  cover.add(2, 3, 0.6);  // of fragment 1, and resembles fragment 2: explained
  cover.add(3);
  cover.add(4, 94, 0.3);
  cover.add(95, 4, 0.8);  // resembles fragment 3, which lies elsewhere
  const SettleConfig settle{.by = SettleBy::kPath, .jump = 0.5};
  for (const CoverMatch& match : match(cover, settle).matches) {
    if (match.fragment == 3)
      EXPECT_NEAR(match.margin, std::sqrt(1 - 0.09) - 0.8, 0.05);
    else
      EXPECT_GT(match.margin, 0.5) << match.fragment;
  }
}

TEST_F(SettledCover, AFragmentThatThePathLeavesOutMayBeRelevantByItsCorrelation) {
  // Phrases 1 and 3 have fragments; the cover sings them the other way round, and a jump costs too much.
  Phrases cover(7);
  cover.add(3, 92, 0.5);
  cover.add(91);
  cover.add(2);
  const auto relevant = [&](double left_out) {
    std::vector<int64_t> fragments;
    for (const CoverMatch& m : match(cover, {.by = SettleBy::kPath, .jump = 2, .left_out = left_out}).matches)
      if (m.margin > kUnsettled) fragments.push_back(m.fragment);
    return fragments;
  };
  EXPECT_THAT(relevant(0), ElementsAre(1));
  EXPECT_THAT(relevant(0.95), ElementsAre(1)) << "0.87 is not enough";
  EXPECT_THAT(relevant(0.8), ElementsAre(1, 2));
}

TEST_F(SettledCover, AFragmentByItselfNeedsACorrelationOfItsOwn) {
  const SettleConfig careful{.by = SettleBy::kPath, .jump = 0.5, .alone = 0.95};
  const auto settled_in = [&](const Phrases& cover, const SettleConfig& settle) {
    std::vector<int64_t> fragments;
    for (const CoverMatch& m : match(cover, settle).matches)
      if (m.margin > kUnsettled) fragments.push_back(m.fragment);
    return fragments;
  };
  Phrases alone(7), accompanied(7);
  for (Phrases* cover : {&alone, &accompanied}) {
    cover->add(91);
    cover->add(2, 92, 0.5);  // correlates at 0.87 with fragment 1
  }
  alone.add(93);
  accompanied.add(3);
  EXPECT_THAT(settled_in(alone, path_), ElementsAre(1));
  EXPECT_TRUE(settled_in(alone, careful).empty());
  EXPECT_THAT(settled_in(accompanied, careful), ElementsAre(1, 2)) << "fragment 2 bears it out";
  Phrases clear(7);
  clear.add(91);
  clear.add(2);
  EXPECT_THAT(settled_in(clear, careful), ElementsAre(1));
}

TEST_F(SettledCover, OnlyTheHighestPlacesOfAFragmentAreSettled) {
  // 40 times phrase 1, every fifth time a little unlike itself: more than the path has room for.
  Phrases cover(7);
  std::vector<std::pair<int64_t, double>> whole;
  for (int64_t k = 0; k < 40; ++k) {
    const bool unlike = k % 5 == 0;
    cover.add(1, 90 + static_cast<uint64_t>(k), unlike ? 0.3 : 0);
    if (!unlike) whole.push_back(place(0, k));
  }
  EXPECT_EQ(match(cover, {}).matches.size(), 40U) << "each at its peak";
  ASSERT_EQ(whole.size(), 32U);
  EXPECT_EQ(fragments_and_starts(match(cover, path_).matches), whole);
}

/// From `start_s` to `end_s` no more than a share of each row's direction is left, the rest is of `other`.
void blend(retrieval::FingerprintSequence& z, const retrieval::FingerprintSequence& other,
           const TimeInterval& part, double share) {
  const double rest = std::sqrt(1 - share * share);
  for (int64_t t = 0; t < z.steps; ++t) {
    const double center_s = z.first_center_s + static_cast<double>(t) * z.hop_s;
    if (center_s < part.start_s || center_s >= part.end_s) continue;
    double square = 0;
    for (int64_t i = t * z.dim; i < (t + 1) * z.dim; ++i) {
      float& value = z.values[static_cast<size_t>(i)];
      value = static_cast<float>(share * value + rest * other.values[static_cast<size_t>(i)]);
      square += static_cast<double>(value) * value;
    }
    for (int64_t i = t * z.dim; i < (t + 1) * z.dim; ++i)
      z.values[static_cast<size_t>(i)] /= static_cast<float>(std::sqrt(square));
  }
}

TEST(SettledTempo, OnePlaceHeardAtSeveralTemposIsOnePlace) {
  // A phrase 16 times, every second time blurred. Each clear one correlates more at any of the four tempos
  // than a blurred one does at its own: counted by tempo, clear ones alone would fill the path's 32 places.
  const testing::MelodyCurve curve;
  const auto original = curve.sequence(60, [](double t) { return t; });
  const double duration_s = 320;
  auto cover = curve.sequence(duration_s, [](double t) {
    const double into_s = std::fmod(t, 20);
    return into_s < 15 ? 10 + into_s : 600 + 2 * t;
  });
  const auto blur = curve.sequence(duration_s, [](double t) { return 2000 + 3 * t; });
  std::vector<double> starts_s;
  for (int k = 0; k < 16; ++k) {
    starts_s.push_back(20.0 * k + 1.5);
    if (k % 2 == 1) blend(cover, blur, {20.0 * k, 20.0 * k + 15}, 0.7);
  }
  const MatchConfig config{.tempo_ratios = {0.98, 1, 1.02, 1.04}, .settle = {.by = SettleBy::kPath}};
  const auto found =
      CoverMatcher(original, {{11.5, 23.5}}, kWindow_s, config).match(cover, duration_s).matches;
  ASSERT_EQ(found.size(), starts_s.size());
  std::vector<double> found_s;
  found_s.reserve(found.size());
  for (const CoverMatch& match : found) found_s.push_back(match.interval.start_s);
  std::sort(found_s.begin(), found_s.end());
  for (size_t k = 0; k < starts_s.size(); ++k) EXPECT_NEAR(found_s[k], starts_s[k], 0.3) << k;
}

TEST(SettledTempo, ThePlaceAtTheTempoOfTheOthersOutweighsAHigherOneAtAnother) {
  // A cover at 1.25 times the tempo. Fragment 1 is blurred where it is due, 64 s behind fragment 0; clearer
  // and at the original's tempo it lies where it would be due at the mean of both tempos: 80 / sqrt(1.25) s
  // behind.
  const testing::MelodyCurve curve;
  const auto original = curve.sequence(120, [](double t) { return t; });
  const double decoy_s = 24 + 80 / std::sqrt(1.25);
  const double duration_s = 130;
  auto cover = curve.sequence(duration_s, [&](double t) {
    if (t >= 20 && t < 28) return 5 + 1.25 * (t - 20);
    if (t >= 84 && t < 91) return 85 + 1.25 * (t - 84);
    if (t >= 91 && t < 101) return 90 + t - decoy_s;
    return 600 + 2 * t;
  });
  const auto blur = curve.sequence(duration_s, [](double t) { return 2000 + 3 * t; });
  blend(cover, blur, {84, 91}, 0.75);
  blend(cover, blur, {91, 101}, 0.85);
  const auto second = [&](double jump) {
    const MatchConfig config{.irrelevant = 0.4,
                             .tempo_ratios = {1, 1.25},
                             .repeat_share = 0.9,
                             .settle = {.by = SettleBy::kPath, .jump = jump}};
    const auto found =
        CoverMatcher(original, {{5, 15}, {85, 95}}, kWindow_s, config).match(cover, duration_s).matches;
    EXPECT_THAT(found, ::testing::SizeIs(2));
    EXPECT_NEAR(found.at(0).interval.start_s, 20, 0.1);
    return found.at(1);
  };
  const CoverMatch due = second(0.2), highest = second(0);
  EXPECT_EQ(due.tempo_ratio, 1.25);
  EXPECT_NEAR(due.interval.start_s, 84, 0.2);
  EXPECT_EQ(highest.tempo_ratio, 1) << "where jumps are free, correlation alone decides";
  EXPECT_NEAR(highest.interval.start_s, decoy_s - 5, 0.2);
  EXPECT_GT(highest.correlation, due.correlation);
}

}  // namespace
}  // namespace melomine::mining
