#include "retrieval/rerank.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <limits>

#include "core/random.h"
#include "tests/retrieval/fixed_rows.h"

namespace melomine::retrieval {
namespace {

constexpr double kLeftOut = -std::numeric_limits<double>::infinity();

/// Songs of 30 to 150 steps, some with rests.
std::vector<FixedRows> library(int64_t count) {
  std::vector<FixedRows> songs;
  for (int64_t i = 0; i < count; ++i)
    songs.emplace_back(
        unit_sequence(30 + i * 37 % 120, 32, static_cast<uint64_t>(i), i % 3 == 0 ? 0.2 : 0.0));
  return songs;
}

std::vector<double> scores_of(const std::vector<SequenceMatch>& matches) {
  std::vector<double> scores;
  for (const SequenceMatch& match : matches) scores.push_back(match.score);
  return scores;
}

TEST(PropertyRerank, EqualsSingleMatchesWithAnyNumberOfThreads) {
  const auto songs = library(100);
  const FixedQuery query(view(unit_sequence(21, 32, 1000)));
  const std::vector<LagSpan> spans{{3, 9}, {20, 40}};
  std::vector<RerankCandidate> candidates;
  for (const FixedRows& song : songs)
    candidates.push_back({song.rows(), candidates.size() % 2 == 0 ? std::span<const LagSpan>() : spans});
  for (const Correlation kind : {Correlation::kCross, Correlation::kPearson}) {
    const Similarity similarity{.correlation = kind};
    for (const size_t threads : {1, 2}) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
      const auto matches = rerank_matches(query, candidates, similarity);
      ASSERT_EQ(matches.size(), songs.size());
      for (size_t i = 0; i < songs.size(); ++i) {
        const SequenceMatch alone =
            best_match(query, candidates[i].reference, candidates[i].spans, similarity);
        EXPECT_EQ(matches[i].score, alone.score) << i;
        EXPECT_EQ(matches[i].lag, alone.lag) << i;
      }
    }
  }
}

TEST(PropertyRerank, DtwKeepsTheBestAndGivesUpTheSameWithAnyNumberOfThreads) {
  const auto songs = library(600);
  const FixedQuery query(view(unit_sequence(21, 32, 1000)));
  std::vector<FixedView> references;
  for (const FixedRows& song : songs) references.push_back(song.rows());
  for (const int64_t band : {0, 4}) {
    const Similarity similarity{.correlation = Correlation::kDtw, .dtw_band = band};
    const auto all = scores_of(rerank_by_dtw(query, references, similarity));
    for (size_t i = 0; i < songs.size(); i += 50)
      EXPECT_EQ(all[i], best_dtw(query, references[i], similarity).score);
    std::vector<double> sorted = all;
    std::sort(sorted.rbegin(), sorted.rend());
    std::vector<std::vector<double>> kept;
    for (const size_t threads : {1, 2}) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
      kept.push_back(scores_of(rerank_by_dtw(query, references, similarity, 10)));
    }
    EXPECT_EQ(kept[0], kept[1]);
    EXPECT_GT(std::count(kept[0].begin(), kept[0].end(), kLeftOut), 100) << "most give up after a round";
    for (size_t i = 0; i < songs.size(); ++i) {
      if (kept[0][i] != kLeftOut)
        EXPECT_EQ(kept[0][i], all[i]);
      else
        EXPECT_LE(all[i], sorted[9]) << "the ten best are never given up";
    }
  }
}

/// Notes of 3 to 8 frames that wander by a few semitones.
PitchContour wandering(int64_t frames, uint64_t seed) {
  RandomStream random({seed, 7});
  PitchContour contour;
  double pitch = 60;
  while (static_cast<int64_t>(contour.semitones.size()) < frames) {
    pitch = std::clamp(pitch + static_cast<double>(random.integer(9)) - 4, 48.0, 72.0);
    contour.semitones.insert(contour.semitones.end(), static_cast<size_t>(3 + random.integer(6)),
                             static_cast<float>(pitch + random.normal(0.2)));
  }
  contour.semitones.resize(static_cast<size_t>(frames));
  return contour;
}

TEST(ContourQuery, LooksWhereItIsTold) {
  const PitchContour reference = wandering(700, 1);
  PitchContour query;
  query.semitones.assign(reference.semitones.begin() + 311, reference.semitones.begin() + 391);
  const ContourQuery prepared(query, {.tempo_scales = 3, .min_tempo_scale = 0.8, .max_tempo_scale = 1.25});
  const std::vector<LagSpan> there{{5, 20}, {305, 318}};
  const ContourMatch found = prepared.match(reference.semitones, there);
  EXPECT_EQ(found.offset_frames, 311);
  EXPECT_NEAR(found.tempo_scale, 1, 1e-12);
  EXPECT_NEAR(found.score, 0, 1e-4);
  const std::vector<LagSpan> elsewhere{{312, 320}};
  EXPECT_LT(prepared.match(reference.semitones, elsewhere).score, found.score);
  EXPECT_GE(prepared.match(reference.semitones, elsewhere).offset_frames, 312);
  const std::vector<LagSpan> beyond{{690, 900}};
  EXPECT_EQ(prepared.match(reference.semitones, beyond).score, -ContourConfig().cap_semitones);
  EXPECT_EQ(ContourQuery({}, {}).match(reference.semitones).score, -ContourConfig().cap_semitones);
}

/// The offsets one by one, which give nothing up for each other within a tempo, and all together.
TEST(PropertyContourQuery, SpansOfAllOffsetsAndEachByItselfFindTheSame) {
  for (const ContourConfig& config :
       {ContourConfig{}, ContourConfig{.tempo_scales = 4, .cap_semitones = 3, .centring_steps = 2}})
    for (const int64_t frames : {20, 60, 75, 300}) {
      const PitchContour query = wandering(70, 3), reference = wandering(frames, 4);
      const ContourQuery prepared(query, config);
      const ContourMatch all = match_contours(query, reference, config);
      const std::vector<LagSpan> spans{{-200, 10}, {100, 1000}, {9, 101}};
      const ContourMatch covered = prepared.match(reference.semitones, spans);
      EXPECT_EQ(covered.score, all.score);
      EXPECT_EQ(covered.offset_frames, all.offset_frames);
      EXPECT_EQ(covered.tempo_scale, all.tempo_scale);
      double best = -config.cap_semitones;
      for (int64_t offset = -100; offset < frames; ++offset) {
        const std::vector<LagSpan> one{{offset, offset + 1}};
        best = std::max(best, prepared.match(reference.semitones, one).score);
      }
      EXPECT_EQ(best, all.score) << frames;
    }
}

TEST(PropertyContourQuery, RerankingEqualsSingleMatchesWithAnyNumberOfThreads) {
  std::vector<PitchContour> songs;
  for (uint64_t i = 0; i < 60; ++i) songs.push_back(wandering(40 + static_cast<int64_t>(i) * 7, i));
  const std::vector<LagSpan> spans{{3, 40}, {90, 130}};
  std::vector<ContourCandidate> candidates;
  for (const PitchContour& song : songs)
    candidates.push_back({song.semitones, candidates.size() % 2 == 0 ? std::span<const LagSpan>() : spans});
  const ContourQuery query(wandering(70, 99), {});
  for (const size_t threads : {1, 2}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    const auto matches = rerank_contours(query, candidates);
    ASSERT_EQ(matches.size(), songs.size());
    for (size_t i = 0; i < songs.size(); ++i) {
      const ContourMatch alone = query.match(candidates[i].semitones, candidates[i].spans);
      EXPECT_EQ(matches[i].score, alone.score) << i;
      EXPECT_EQ(matches[i].offset_frames, alone.offset_frames) << i;
    }
  }
}

}  // namespace
}  // namespace melomine::retrieval
