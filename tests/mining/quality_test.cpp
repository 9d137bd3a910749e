#include "mining/quality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/random.h"
#include "mining/mining_summary.h"
#include "tests/mining/mined_sets.h"

namespace melomine::mining {
namespace {

using datasets::RecordingKind;
using datasets::Truth;
using datasets::TruthRow;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::match_at;
using testing::mined_song_of;
using ::testing::Not;
using testing::song_of;

TruthRow truth_row(const std::string& song, const std::string& recording, TimeInterval original,
                   TimeInterval in_recording, RecordingKind kind = RecordingKind::kCover) {
  return {song, song + "_o", recording, kind, original, in_recording, 0};
}

PairJudgement judge(const std::vector<TruthRow>& rows, const TimeInterval& original,
                    const TimeInterval& match) {
  std::vector<const TruthRow*> pointers;
  for (const TruthRow& row : rows) pointers.push_back(&row);
  return judge_pair(pointers, original, match);
}

TimeInterval around(double center_s, double duration_s = 10) {
  return {center_s - duration_s / 2, center_s + duration_s / 2};
}

constexpr TimeInterval kFragment{20, 30};  // centre 25

TEST(JudgePair, ShiftedCopyIsCorrectUpToHalfASecond) {
  const std::vector<TruthRow> rows = {truth_row("a", "a_c1", {0, 60}, {7, 67})};
  const PairJudgement exact = judge(rows, kFragment, around(32));
  EXPECT_TRUE(exact.correct);
  EXPECT_TRUE(exact.has_truth);
  EXPECT_DOUBLE_EQ(exact.covered, 1);
  EXPECT_NEAR(exact.error_s, 0, 1e-12);
  for (const double sign : {-1.0, 1.0}) {
    EXPECT_TRUE(judge(rows, kFragment, around(32 + sign * 0.49)).correct);
    EXPECT_TRUE(judge(rows, kFragment, around(32 + sign * 0.5)).correct);
    EXPECT_FALSE(judge(rows, kFragment, around(32 + sign * 0.51)).correct);
    EXPECT_NEAR(judge(rows, kFragment, around(32 + sign * 0.51)).error_s, 0.51, 1e-12);
  }
}

TEST(JudgePair, FourFifthsOfTheFragmentMustBeThere) {
  const auto covered_to = [](double end_s) {
    return std::vector<TruthRow>{truth_row("a", "a_c1", {10, end_s}, {10, end_s})};
  };
  EXPECT_FALSE(judge(covered_to(27.9), kFragment, around(25)).correct);
  EXPECT_NEAR(judge(covered_to(27.9), kFragment, around(25)).covered, 0.79, 1e-12);
  EXPECT_TRUE(judge(covered_to(28), kFragment, around(25)).correct);
  EXPECT_TRUE(judge(covered_to(28.1), kFragment, around(25)).correct);
  // Pieces that overlap count once: 20-26 and 22-27.9 are 79 %.
  EXPECT_FALSE(
      judge({truth_row("a", "a_c1", {20, 26}, {20, 26}), truth_row("a", "a_c1", {22, 27.9}, {22, 27.9})},
            kFragment, around(25))
          .correct);
}

TEST(JudgePair, ATempoChangeIsALinearMap) {
  // The cover is 1.25 times as slow: 20-30 of the original is 105-117.5 of it, the centre 111.25. Before it
  // is twice as slow, after it twice as fast: what lies there says nothing of the fragment.
  const std::vector<TruthRow> rows = {truth_row("a", "a_c1", {0, 15}, {60, 90}),
                                      truth_row("a", "a_c1", {16, 40}, {100, 130}),
                                      truth_row("a", "a_c1", {41, 61}, {131, 141})};
  EXPECT_NEAR(judge(rows, kFragment, around(111.25)).error_s, 0, 1e-9);
  EXPECT_TRUE(judge(rows, kFragment, around(111.25)).correct);
  // The start as well aligned as can be, not the centre: off by half of the 2.5 s of difference.
  EXPECT_NEAR(judge(rows, kFragment, around(110)).error_s, 1.25, 1e-9);
  EXPECT_FALSE(judge(rows, kFragment, around(110)).correct);
}

TEST(JudgePair, EveryRepeatIsRight) {
  // The verse comes twice in the cover, at 0 and at 70; the chorus (40-60) is elsewhere.
  const std::vector<TruthRow> rows = {truth_row("a", "a_c1", {20, 30}, {0, 10}),
                                      truth_row("a", "a_c1", {20, 30}, {70, 80}),
                                      truth_row("a", "a_c1", {40, 60}, {20, 40})};
  EXPECT_TRUE(judge(rows, kFragment, around(5)).correct);
  EXPECT_TRUE(judge(rows, kFragment, around(75)).correct);
  EXPECT_FALSE(judge(rows, kFragment, around(30)).correct);  // in the chorus
  EXPECT_NEAR(judge(rows, kFragment, around(30)).error_s, 25, 1e-12);
}

TEST(JudgePair, CenterInABreathIsCarriedOn) {
  // Pieces 15-24.8 and 25.6-35: the centre, 25, is 0.2 s behind the first, which is nearer.
  std::vector<TruthRow> rows = {truth_row("a", "a_c1", {15, 24.8}, {115, 124.8}),
                                truth_row("a", "a_c1", {25.6, 35}, {130.6, 140})};
  EXPECT_NEAR(judge(rows, kFragment, around(125)).error_s, 0, 1e-9);
  EXPECT_TRUE(judge(rows, kFragment, around(125)).correct);
  EXPECT_NEAR(judge(rows, kFragment, around(130)).error_s, 5, 1e-9);
  // A repeat of the nearer piece is as good.
  rows.push_back(truth_row("a", "a_c1", {15, 24.8}, {215, 224.8}));
  EXPECT_TRUE(judge(rows, kFragment, around(225)).correct);
}

TEST(JudgePair, CenterInARestIsMappedWhereTheSongGoesOnBehindIt) {
  // The rest from 24.4 to 25.6 lasts as long in the first pass; the second one leaves it out, and a third
  // piece has nothing to do with either.
  std::vector<TruthRow> rows = {
      truth_row("a", "a_c1", {15, 24.4}, {115, 124.4}), truth_row("a", "a_c1", {25.6, 35}, {125.7, 135.1}),
      truth_row("a", "a_c1", {15, 24.4}, {215, 224.4}), truth_row("a", "a_c1", {25.6, 35}, {224.5, 233.9}),
      truth_row("a", "a_c1", {45, 50}, {24, 29})};
  EXPECT_NEAR(judge(rows, kFragment, around(125)).error_s, 0.05, 1e-9) << "halfway between 124.4 and 125.7";
  EXPECT_TRUE(judge(rows, kFragment, around(125)).correct);
  EXPECT_FALSE(judge(rows, kFragment, around(126)).correct);
  EXPECT_FALSE(judge(rows, kFragment, around(224.45)).correct);
  // Where nothing goes on there is no map, though 88 % are covered.
  rows = {truth_row("a", "a_c1", {15, 24.4}, {115, 124.4}), truth_row("a", "a_c1", {25.6, 35}, {135.6, 145})};
  const PairJudgement far = judge(rows, kFragment, around(125));
  EXPECT_NEAR(far.covered, 0.88, 1e-12);
  EXPECT_TRUE(std::isnan(far.error_s));
  EXPECT_FALSE(far.correct);
}

TEST(JudgePair, WithoutTruthNothingIsCorrect) {
  const PairJudgement judged = judge({}, kFragment, around(25));
  EXPECT_FALSE(judged.correct);
  EXPECT_FALSE(judged.has_truth);
  EXPECT_EQ(judged.covered, 0);
  EXPECT_TRUE(std::isnan(judged.error_s));
  EXPECT_FALSE(
      judge({truth_row("a", "a_c1", {0, 60}, {0, 60})}, {25, 25}, {25, 25}).correct);  // empty fragment
}

/// Song "a": sung 0-60, verse 0-20 again in c1 at 70. c1 is the original 5 s later; c2 ends at 30; c3 is a
/// wrong cover; c4 was set aside. Fragments 5-15 and 40-50. Song "b": sung 0-20, no fragment; its cover has
/// truth. Song "z" is in the truth alone.
struct Planted {
  std::vector<TruthRow> truth = {truth_row("a", "a_c1", {0, 60}, {5, 65}),
                                 truth_row("a", "a_c1", {0, 20}, {75, 95}),
                                 truth_row("a", "a_c2", {0, 30}, {0, 30}),
                                 truth_row("a", "a_c4", {0, 60}, {0, 60}),
                                 truth_row("a", "a_h1", {60, 70}, {0, 10}, RecordingKind::kHumming),
                                 truth_row("b", "b_c1", {0, 20}, {0, 20}),
                                 truth_row("z", "z_c1", {0, 900}, {0, 900})};
  MinedSet set;

  Planted() {
    const Song a = song_of("a", 4), b = song_of("b", 1);
    const TimeInterval first{5, 15}, second{40, 50};
    MinedFragment one{first,
                      {match_at("a_c1", first, 15.1, 0.9),   // correct, 100 ms
                       match_at("a_c1", first, 84.8, 0.6),   // correct, the repeat, 200 ms
                       match_at("a_c2", first, 10.3, 0.45),  // correct, uncertain, 300 ms
                       match_at("a_c3", first, 30, 0.55)},   // wrong cover
                      {match_at("a_c1", first, 15.1, 0.9), match_at("a_c2", first, 10.3, 0.45),
                       match_at("a_c3", first, 30, 0.55)}};
    MinedFragment two{second,
                      {match_at("a_c1", second, 51, 0.8),    // off by 1 s
                       match_at("a_c3", second, 60, 0.35)},  // wrong cover, uncertain
                      {match_at("a_c1", second, 51, 0.8), match_at("a_c2", second, 20, 0.2),
                       match_at("a_c3", second, 60, 0.35)}};
    MinedSong mined = mined_song_of(a, {one, two});
    mined.set_aside = {{"a_c4", "its fingerprints are not finite"}};
    append(set, a, mined, {});
    append(set, b, mined_song_of(b, {}), {});
  }
};

void expect_figure(const QualityFigure& figure, int64_t hits, int64_t of) {
  EXPECT_EQ(figure.hits, hits);
  EXPECT_EQ(figure.of, of);
  EXPECT_DOUBLE_EQ(figure.estimate.mean, static_cast<double>(hits) / static_cast<double>(of));
}

TEST(MiningQuality, CountsOfPlantedPairs) {
  const Planted planted;
  const MiningQuality q = quality_of(planted.set, Truth(planted.truth));
  expect_figure(q.precision, 3, 6);
  expect_figure(q.relevant_precision, 2, 4);
  // Counterparts: fragment 1 in c1, c2, c4; fragment 2 in c1, c4. Found: (1, c1), (1, c2).
  expect_figure(q.recall, 2, 5);
  expect_figure(q.relevant_recall, 1, 5);
  // Sung: 0-70 of a (the hum adds 60-70), 0-20 of b; inside fragments: 20 s.
  expect_figure(q.coverage, 20000, 90000);
  expect_figure(q.wrong_covers, 2, 6);
  expect_figure(q.relevant_wrong_covers, 1, 4);
  EXPECT_THAT(q.alignment_errors_s,
              ElementsAre(DoubleNear(0.1, 1e-9), DoubleNear(0.2, 1e-9), DoubleNear(0.3, 1e-9)));
  EXPECT_NEAR(q.alignment_median_s.estimate.mean, 0.2, 1e-9);
  EXPECT_NEAR(q.alignment_p90_s.estimate.mean, 0.28, 1e-9);
  EXPECT_EQ(q.alignment_median_s.of, 3);
}

TEST(MiningQuality, BinsTileFromTheLowestPairToOne) {
  const Planted planted;
  const MiningQuality q = quality_of(planted.set, Truth(planted.truth));
  ASSERT_EQ(q.bins.size(), 13u);  // 0.35 to 1
  EXPECT_DOUBLE_EQ(q.bins.front().low, 0.35);
  EXPECT_DOUBLE_EQ(q.bins.back().high, 1);
  int64_t pairs = 0, correct = 0;
  for (size_t b = 0; b < q.bins.size(); ++b) {
    EXPECT_NEAR(q.bins[b].high - q.bins[b].low, 0.05, 1e-12);
    EXPECT_EQ(q.bins[b].low, b == 0 ? 0.35 : q.bins[b - 1].high);
    pairs += q.bins[b].precision.of;
    correct += q.bins[b].precision.hits;
  }
  EXPECT_EQ(pairs, 6);
  EXPECT_EQ(correct, 3);
  EXPECT_EQ(q.bins[0].precision.of, 1);    // 0.35 itself
  EXPECT_EQ(q.bins[2].precision.hits, 1);  // 0.45
  EXPECT_EQ(q.bins[1].precision.of, 0);
  EXPECT_TRUE(std::isnan(q.bins[1].precision.estimate.mean));
}

TEST(MiningQuality, EveryMultipleOfABinsWidthOpensItsBin) {
  for (int k = 0; k <= 20; ++k) {
    MinedSet set;
    const Song song = song_of("a", 1);
    const TimeInterval fragment{0, 10};
    append(set, song, mined_song_of(song, {{fragment, {match_at("a_c1", fragment, 20, k * 0.05)}, {}}}), {});
    const MiningQuality q = quality_of(set, {});
    // 3 * 0.05 is a little more than 0.15, 7 * 0.05 a little more than 0.35: neither may slip a bin down.
    ASSERT_FALSE(q.bins.empty());
    EXPECT_NEAR(q.bins.front().low, std::min(k, 19) / 20.0, 1e-12) << k;
  }
}

TEST(MiningQuality, WithoutPairsOrTruthThereIsNothingToCount) {
  const MiningQuality none = quality_of({}, {});
  for (const QualityFigure& f : {none.precision, none.recall, none.coverage, none.alignment_median_s}) {
    EXPECT_TRUE(std::isnan(f.estimate.mean));
    EXPECT_EQ(f.of, 0);
  }
  EXPECT_TRUE(none.bins.empty());
  const Planted planted;
  const MiningQuality blind = quality_of(planted.set, {});
  expect_figure(blind.precision, 0, 6);
  expect_figure(blind.wrong_covers, 6, 6);
  EXPECT_EQ(blind.recall.of, 0);
}

TEST(MiningQuality, IntervalsAreOverSongs) {
  // 20 songs of 50 pairs, in half of them all are right: the interval is that of 20 songs, not of 1000 pairs.
  MinedSet set;
  std::vector<TruthRow> truth;
  const TimeInterval fragment{0, 10};
  for (int s = 0; s < 20; ++s) {
    const Song song = song_of("s" + std::to_string(10 + s), 50);
    MinedFragment mined{fragment, {}, {}};
    for (const SongRecording& cover : song.covers) {
      mined.matches.push_back(match_at(cover.recording_id, fragment, s % 2 == 0 ? 5 : 8, 0.9));
      truth.push_back(truth_row(song.song_id, cover.recording_id, {0, 20}, {0, 20}));
    }
    append(set, song, mined_song_of(song, {mined}), {});
  }
  const MiningQuality q = quality_of(set, Truth(truth), {.resamples = 5000});
  const double half_width = 1.96 * std::sqrt(0.25 / 20);
  expect_figure(q.precision, 500, 1000);
  // Resampled shares are multiples of 1/20; half of one is the grain.
  EXPECT_NEAR(q.precision.estimate.low, 0.5 - half_width, 0.03);
  EXPECT_NEAR(q.precision.estimate.high, 0.5 + half_width, 0.03);
}

TEST(PropertyMiningQuality, OrderOfTruthAndOfPartsDoesNotMatter) {
  const Planted planted;
  std::vector<TruthRow> shuffled = planted.truth;
  RandomStream random({3});
  random.shuffle(shuffled);
  const auto json = [](const MinedSet& set, const std::vector<TruthRow>& rows) {
    const Truth truth(rows);
    const MiningQuality q = quality_of(set, truth);
    return summary_json(summarise(set, yield_of(set), &q, threshold_curve(set, truth), {}));
  };
  EXPECT_EQ(json(planted.set, planted.truth), json(planted.set, shuffled));
  EXPECT_EQ(json(planted.set, planted.truth), json(merge({planted.set}), planted.truth));
}

TEST(ThresholdCurve, CountsTheCandidatesAtOrAbove) {
  const Planted planted;
  const auto curve = threshold_curve(planted.set, Truth(planted.truth));
  ASSERT_EQ(curve.size(), 51u);
  EXPECT_EQ(curve[0].relevant, 0);
  EXPECT_EQ(curve[50].relevant, 1);
  // Candidates: .9 correct, .45 correct, .55 wrong cover, .8 off, .2 without counterpart, .35 wrong cover.
  EXPECT_EQ(curve[0].pairs, 6);
  EXPECT_DOUBLE_EQ(curve[0].precision, 2.0 / 6);
  EXPECT_DOUBLE_EQ(curve[0].recall, 2.0 / 5);
  EXPECT_EQ(curve[10].relevant, 0.2);  // 0.2 itself counts
  EXPECT_EQ(curve[10].pairs, 6);
  EXPECT_EQ(curve[11].pairs, 5);
  EXPECT_EQ(curve[25].pairs, 3);  // 0.5
  EXPECT_DOUBLE_EQ(curve[25].precision, 1.0 / 3);
  EXPECT_DOUBLE_EQ(curve[25].recall, 1.0 / 5);
  EXPECT_EQ(curve[45].pairs, 1);  // 0.9 itself
  EXPECT_DOUBLE_EQ(curve[45].precision, 1);
  EXPECT_EQ(curve[50].pairs, 0);
  EXPECT_TRUE(std::isnan(curve[50].precision));
  EXPECT_EQ(curve[50].recall, 0);
  for (size_t k = 1; k < curve.size(); ++k) EXPECT_LE(curve[k].recall, curve[k - 1].recall);
}

TEST(MiningSummary, SummaryHoldsWhatThePageReads) {
  const Planted planted;
  const MiningQuality q = quality_of(planted.set, Truth(planted.truth));
  const MiningYield yield = yield_of(planted.set);
  const auto curve = threshold_curve(planted.set, Truth(planted.truth));
  const auto json = nlohmann::json::parse(summary_json(summarise(planted.set, yield, &q, curve, {})));
  EXPECT_EQ(json.at("provenance").at("round"), 0);
  EXPECT_EQ(json.at("yield").at("relevant"), 4);
  EXPECT_EQ(json.at("yield").at("uncertain"), 2);
  EXPECT_EQ(json.at("yield").at("histogram").at("low"), -1);
  EXPECT_EQ(json.at("yield").at("histogram").at("counts").size(), kHistogramBins);
  EXPECT_EQ(json.at("match").at("relevant"), 0.5);
  EXPECT_EQ(json.at("match").at("irrelevant"), 0.3);
  const auto& quality = json.at("quality");
  for (const char* name : {"precision", "relevant_precision", "recall", "relevant_recall", "coverage",
                           "alignment_median_s", "alignment_p90_s", "wrong_covers", "relevant_wrong_covers"})
    for (const char* key : {"value", "low", "high", "hits", "of"})
      EXPECT_TRUE(quality.at(name).contains(key)) << name << " " << key;
  EXPECT_EQ(quality.at("precision").at("value"), 0.5);
  EXPECT_EQ(quality.at("bins").at(0).at("precision").at("of"), 1);
  EXPECT_TRUE(quality.at("bins").at(1).at("precision").at("value").is_null());
  const auto& errors = quality.at("alignment_errors_s");
  EXPECT_EQ(errors.at("high"), 0.5);
  int64_t counted = 0;
  for (const auto& count : errors.at("counts")) counted += count.get<int64_t>();
  EXPECT_EQ(counted, 3);
  EXPECT_EQ(json.at("threshold_curve").at(25).at("pairs"), 3);
  EXPECT_TRUE(json.at("threshold_curve").at(50).at("precision").is_null());
  EXPECT_EQ(json.at("set_aside").at(0).at("recording_id"), "a_c4");
  const auto blind = nlohmann::json::parse(summary_json(summarise(planted.set, yield, nullptr, {}, {})));
  EXPECT_TRUE(blind.at("quality").is_null());
  EXPECT_TRUE(blind.at("threshold_curve").empty());
}

TEST(MiningSummary, IsReadAsItWasWritten) {
  const Planted planted;
  const MiningQuality q = quality_of(planted.set, Truth(planted.truth));
  const MiningSummary summary = summarise(planted.set, yield_of(planted.set), &q,
                                          threshold_curve(planted.set, Truth(planted.truth)), {});
  const std::string text = summary_json(summary);
  const auto read = nlohmann::ordered_json::parse(text).get<MiningSummary>();
  EXPECT_EQ(summary_json(read), text);
  EXPECT_EQ(read.yield.relevant, 4);
  EXPECT_EQ(read.quality->figure("precision").estimate.mean, 0.5);
  EXPECT_TRUE(std::isnan(read.quality->figure("no such figure").estimate.mean));
  EXPECT_EQ(read.set_aside.at(0).recording_id, "a_c4");
  auto damaged = nlohmann::ordered_json::parse(text);
  damaged["yield"]["histogram"]["counts"].erase(0);
  EXPECT_THROW(damaged.get<MiningSummary>(), nlohmann::json::exception);
}

TEST(MiningQuality, ALargeSetIsJudgedInSeconds) {
  // 500 songs of 10 covers, 5 fragments each, 40 truth rows a cover.
  MinedSet set;
  std::vector<TruthRow> truth;
  for (int s = 0; s < 500; ++s) {
    const Song song = song_of("s" + std::to_string(1000 + s), 10);
    std::vector<MinedFragment> fragments;
    for (int f = 0; f < 5; ++f) {
      MinedFragment fragment{{f * 20.0, f * 20.0 + 12}, {}, {}};
      for (const SongRecording& cover : song.covers)
        fragment.matches.push_back(
            match_at(cover.recording_id, fragment.interval, f * 20.0 + 6 + 0.01 * f, 0.9));
      fragment.best = fragment.matches;
      fragments.push_back(fragment);
    }
    for (const SongRecording& cover : song.covers)
      for (int piece = 0; piece < 40; ++piece) {
        const TimeInterval at{3.0 * piece, 3.0 * piece + 3};
        truth.push_back(truth_row(song.song_id, cover.recording_id, at, at));
      }
    append(set, song, mined_song_of(song, fragments), {});
  }
  const auto start = std::chrono::steady_clock::now();
  const MiningQuality q = quality_of(set, Truth(truth));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  expect_figure(q.precision, 25000, 25000);
  EXPECT_NEAR(q.alignment_median_s.estimate.mean, 0.02, 1e-9);
  EXPECT_LT(seconds, 30);  // 0.5 s on a quiet core; sanitizers take ten times as long
}

}  // namespace
}  // namespace melomine::mining
