#include "retrieval/contour_match.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace melomine::retrieval {
namespace {

/// Notes of 3 to 8 frames that wander by a few semitones.
PitchContour random_melody(int64_t frames, uint64_t seed) {
  RandomStream random({seed});
  PitchContour contour;
  double pitch = 60;
  while (static_cast<int64_t>(contour.semitones.size()) < frames) {
    pitch = std::clamp(pitch + static_cast<double>(random.integer(9)) - 4, 48.0, 72.0);
    contour.semitones.insert(contour.semitones.end(), static_cast<size_t>(3 + random.integer(6)),
                             static_cast<float>(pitch));
  }
  contour.semitones.resize(static_cast<size_t>(frames));
  return contour;
}

PitchContour cut(const PitchContour& contour, int64_t start, int64_t frames, float transposition) {
  PitchContour result;
  for (int64_t i = start; i < start + frames; ++i)
    result.semitones.push_back(contour.semitones[static_cast<size_t>(i)] + transposition);
  return result;
}

/// The mean capped distance about the mean, by its definition.
double distance_by_definition(const PitchContour& q, const PitchContour& r, int64_t lag, double cap) {
  const auto n = static_cast<int64_t>(q.semitones.size());
  double mean = 0, sum = 0;
  for (int64_t i = 0; i < n; ++i)
    mean += r.semitones[static_cast<size_t>(lag + i)] - q.semitones[static_cast<size_t>(i)];
  mean /= static_cast<double>(n);
  for (int64_t i = 0; i < n; ++i)
    sum += std::min(cap, std::abs(r.semitones[static_cast<size_t>(lag + i)] -
                                  q.semitones[static_cast<size_t>(i)] - mean));
  return sum / static_cast<double>(n);
}

const ContourConfig kOneTempo{.tempo_scales = 1, .min_tempo_scale = 1, .max_tempo_scale = 1};
/// With the parts that make the match stronger than the plain row.
const ContourConfig kCapped{
    .tempo_scales = 1, .min_tempo_scale = 1, .max_tempo_scale = 1, .cap_semitones = 3, .centring_steps = 2};

TEST(ContourMatch, FindsATransposedExcerpt) {
  const PitchContour reference = random_melody(500, 1);
  const ContourMatch match = match_contours(cut(reference, 311, 70, -7.3f), reference, kOneTempo);
  EXPECT_EQ(match.offset_frames, 311);
  EXPECT_NEAR(match.score, 0, 1e-4);
}

TEST(ContourMatch, OctaveErrorsStaySingle) {
  const PitchContour reference = random_melody(500, 2);
  PitchContour query = cut(reference, 200, 80, 2);
  for (size_t i = 10; i < 18; ++i) query.semitones[i] += 12;
  ContourConfig config = kCapped;  // at 0.8, 1 and 1.25 times its length
  config.tempo_scales = 3;
  config.min_tempo_scale = 0.8;
  config.max_tempo_scale = 1.25;
  const ContourMatch match = match_contours(query, reference, config);
  EXPECT_EQ(match.offset_frames, 200);
  EXPECT_NEAR(match.tempo_scale, 1, 1e-12);
  // A tenth of the frames is 12 off, so the mean is 1.2 off; a refinement adds 0.9 * (-e) + 0.1 * 3 to an
  // error e: 1.2, 0.42, 0.342. The distance is 0.1 * 3 + 0.9 * 0.342.
  EXPECT_NEAR(match.score, -0.6078, 1e-4);
}

TEST(ContourMatch, FindsAnotherTempo) {
  const PitchContour reference = random_melody(600, 3);
  const PitchContour excerpt = cut(reference, 240, 120, 0);
  PitchContour fast;  // 100 frames of the 120: the query has to be stretched by 1.2
  for (int64_t i = 0; i < 100; ++i)
    fast.semitones.push_back(excerpt.semitones[static_cast<size_t>(static_cast<double>(i) * 1.2)]);
  const ContourMatch match = match_contours(fast, reference, {});
  EXPECT_NEAR(match.tempo_scale, 1.2, 0.06);
  EXPECT_NEAR(static_cast<double>(match.offset_frames), 240, 5);
}

TEST(PropertyContourMatch, EqualsTheDefinitionAtTheBestOffset) {
  const PitchContour query = random_melody(57, 4), reference = random_melody(203, 5);
  ContourConfig config = kOneTempo;
  config.centring_steps = 0;
  double best = 1e9;
  for (int64_t lag = 0; lag + 57 <= 203; ++lag)
    best = std::min(best, distance_by_definition(query, reference, lag, config.cap_semitones));
  EXPECT_NEAR(match_contours(query, reference, config).score, -best, 1e-5);
}

TEST(ContourMatch, UncoveredFramesCountTheCap) {
  const PitchContour query = random_melody(80, 6);
  const ContourMatch match = match_contours(query, cut(query, 30, 20, 5), kCapped);
  EXPECT_EQ(match.offset_frames, -30);
  EXPECT_NEAR(match.score, -3.0 * 60 / 80, 1e-4);
}

TEST(ContourMatch, SilenceScoresTheCap) {
  EXPECT_EQ(match_contours({}, random_melody(50, 7), kCapped).score, -3);
  EXPECT_EQ(match_contours(random_melody(50, 7), {}, kCapped).score, -3);
}

TEST(ContourMatch, TempoScalesAreLogSpaced) {
  const auto scales = tempo_scales({});
  ASSERT_EQ(scales.size(), 13u);
  EXPECT_DOUBLE_EQ(scales.front(), 0.7);
  EXPECT_DOUBLE_EQ(scales.back(), 1.4);
  for (size_t i = 1; i < scales.size(); ++i)
    EXPECT_NEAR(scales[i] / scales[i - 1], std::pow(2.0, 1.0 / 12), 1e-12);
  EXPECT_EQ(tempo_scales(kOneTempo), std::vector<double>{1.0});
}

TEST(ContourOf, NotesAtFrameCentresWithoutRests) {
  const std::vector<dsp::Note> notes{{0.0, 0.3, 60, 0.8}, {0.5, 0.7, 64, 0.8}};
  EXPECT_EQ(contour_of(notes, {}).semitones, (std::vector<float>{60, 60, 60, 64, 64}));
}

TEST(ContourOf, TrackByMediansOfVoicedFrames) {
  dsp::F0Track track{0.01, std::vector<float>(40, 0.0f), {}};
  for (size_t i = 0; i < 10; ++i) track.f0_hz[i] = 440;
  track.f0_hz[3] = 880;                                   // an octave error
  for (size_t i = 10; i < 14; ++i) track.f0_hz[i] = 300;  // less than half of its frame
  for (size_t i = 24; i < 30; ++i) track.f0_hz[i] = 220;
  const auto contour = contour_of(track, {});
  ASSERT_EQ(contour.semitones.size(), 2u);
  EXPECT_NEAR(contour.semitones[0], 69, 1e-5);
  EXPECT_NEAR(contour.semitones[1], 57, 1e-5);
}

TEST(PropertyContourSearch, EqualsSingleMatchesWithAnyNumberOfThreads) {
  std::vector<PitchContour> queries, references;
  for (uint64_t i = 0; i < 5; ++i) queries.push_back(random_melody(40 + static_cast<int64_t>(i) * 9, 20 + i));
  for (uint64_t i = 0; i < 7; ++i)
    references.push_back(random_melody(30 + static_cast<int64_t>(i) * 40, 40 + i));
  const ScoreMatrix scores = search_contours(queries, references, {});
  for (int64_t q = 0; q < 5; ++q)
    for (int64_t r = 0; r < 7; ++r)
      EXPECT_EQ(
          scores.at(q, r),
          static_cast<float>(
              match_contours(queries[static_cast<size_t>(q)], references[static_cast<size_t>(r)], {}).score));
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(search_contours(queries, references, {}).scores, scores.scores);
}

}  // namespace
}  // namespace melomine::retrieval
