#include "library/song_search.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>

#include "retrieval/search.h"
#include "tests/library/planted_songs.h"

namespace melomine::library {
namespace {

using retrieval::FingerprintSequence;
using testing::planted_sequence;
using testing::PlantedSongs;

/// Steps [first, first + steps) of a song as somebody else would sing them.
FingerprintSequence hummed(const FingerprintSequence& song, int64_t first, int64_t steps, double noise,
                           uint64_t seed) {
  RandomStream random({seed, 99});
  FingerprintSequence z{.steps = steps, .dim = song.dim, .hop_s = song.hop_s, .values = {}};
  for (int64_t t = first; t < first + steps; ++t) {
    std::vector<double> row;
    double square = 0;
    for (const float v : song.row(t)) {
      row.push_back(v + noise * random.normal() / std::sqrt(static_cast<double>(song.dim)));
      square += row.back() * row.back();
    }
    for (const double v : row) z.values.push_back(static_cast<float>(v / std::sqrt(square)));
  }
  return z;
}

Query query_of(FingerprintSequence z) {
  Query query{.tempo_ratios = {1}, .variants = {std::move(z)}, .contour = {}};
  query.contour.pitch_midi.assign(40, 62);
  query.contour.voiced.assign(40, 1);
  query.duration_s = 7;
  return query;
}

class SongSearchTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kSongs = 40;
  static constexpr int64_t kFirst = 20, kSteps = 17;

  void SetUp() override { build("Flat"); }
  void build(const std::string& factory) {
    RunObserver silent;
    std::filesystem::remove_all(planted_.library());
    planted_.builder().add(planted_.songs(0, kSongs), PlantedSongs::hear, {.factory = factory}, silent);
  }
  Query hum_of(uint64_t song, double noise = 1.0) const {
    return query_of(hummed(planted_sequence(song, PlantedSongs::kSteps, PlantedSongs::kDim), kFirst, kSteps,
                           noise, song));
  }
  static SearchConfig plain() {
    SearchConfig config{.query_tempo_ratios = {1}};
    config.similarity = {.correlation = retrieval::Correlation::kCross};
    return config;
  }

  PlantedSongs planted_;
};

TEST_F(SongSearchTest, FindsThePlantedPlace) {
  const Library library = Library::open(planted_.library());
  for (const uint64_t song : {0u, 13u, 39u}) {
    const auto found = search(library, hum_of(song), plain(), 3);
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(library.song(found[0].number).id, "song" + std::to_string(song));
    const FoundPlace& place = found[0].places.at(0);
    EXPECT_NEAR(place.start_s, 0.25 * kFirst, 1e-9);
    EXPECT_NEAR(place.end_s, 0.25 * (kFirst + kSteps - 1) + 3, 1e-9);
    EXPECT_NEAR(place.transposition_semitones, -2, 1e-6);
    EXPECT_GT(found[0].score, found[1].score);
  }
}

TEST_F(SongSearchTest, ExactSearchScoresAsSearchOfSequencesDoes) {
  const Library library = Library::open(planted_.library());
  std::vector<FingerprintSequence> references;
  for (uint64_t song = 0; song < kSongs; ++song)
    references.push_back(PlantedSongs::hear(planted_.song(song)).fingerprints);
  SearchConfig config = plain();
  config.candidates = 0;
  for (const auto kind : {retrieval::Correlation::kCross, retrieval::Correlation::kPearson}) {
    config.similarity.correlation = kind;
    const Query query = hum_of(5);
    const auto scores = retrieval::search_sequences(query.variants, references, config.similarity, {});
    const auto found = search(library, query, config, kSongs);
    ASSERT_EQ(found.size(), kSongs);
    for (const FoundSong& song : found) EXPECT_NEAR(song.score, scores.at(0, song.number), 1e-3);
  }
}

TEST_F(SongSearchTest, CandidatesHaveTheScoresOfExactSearch) {
  build("IVF8,SQ8");
  const Library library = Library::open(planted_.library());
  SearchConfig exact = plain();
  exact.candidates = 0;
  for (uint64_t song = 0; song < 10; ++song) {
    const Query query = hum_of(song);
    const auto fast = search(library, query, plain(), 1), all = search(library, query, exact, 1);
    EXPECT_EQ(fast[0].number, all[0].number) << song;
    EXPECT_NEAR(fast[0].score, all[0].score, 1e-9);
  }
}

TEST_F(SongSearchTest, FindsHumsThatBeginBeforeTheSongOrGoOnBehindIt) {
  const Library library = Library::open(planted_.library());
  const FingerprintSequence song = planted_sequence(9, PlantedSongs::kSteps + 2, PlantedSongs::kDim);
  const FingerprintSequence other = planted_sequence(500, 30, PlantedSongs::kDim);
  FingerprintSequence early = hummed(other, 0, 10, 0, 1), late = hummed(song, song.steps - 12, 12, 0.3, 2);
  const FingerprintSequence start = hummed(song, 0, 12, 0.3, 3), rest = hummed(other, 10, 10, 0, 4);
  early.values.insert(early.values.end(), start.values.begin(), start.values.end());
  late.values.insert(late.values.end(), rest.values.begin(), rest.values.end());
  early.steps = late.steps = 22;
  for (const FingerprintSequence& z : {early, late}) {
    const auto found = search(library, query_of(z), plain(), static_cast<int64_t>(kSongs));
    ASSERT_FALSE(found.empty());
    for (const FoundSong& one : found) EXPECT_TRUE(std::isfinite(one.score));
  }
}

TEST_F(SongSearchTest, DoesNotFindWhatWasRemoved) {
  planted_.builder().remove(std::vector<std::string>{"song13"});
  const Library library = Library::open(planted_.library());
  for (const int64_t candidates : {int64_t{0}, int64_t{1000}}) {
    SearchConfig config = plain();
    config.candidates = candidates;
    for (const FoundSong& song : search(library, hum_of(13), config, kSongs))
      EXPECT_NE(library.song(song.number).id, "song13");
  }
}

TEST_F(SongSearchTest, WhatWasRemovedTakesNoCandidatesPlace) {
  SearchConfig config = plain();
  config.candidates = 1;
  const auto best = search(Library::open(planted_.library()), hum_of(13), config, 1);
  ASSERT_EQ(best.size(), 1u);
  planted_.builder().remove(std::vector<std::string>{"song13"});
  const Library library = Library::open(planted_.library());
  const auto next = search(library, hum_of(13), config, 1);
  ASSERT_EQ(next.size(), 1u) << "the song with most votes is gone";
  EXPECT_NE(next[0].number, best[0].number);
}

TEST_F(SongSearchTest, DoesNotDependOnThreads) {
  const Library library = Library::open(planted_.library());
  SearchConfig config = plain();
  config.contour_weight = 0.5;
  const auto many = search(library, hum_of(7), config, 20);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const auto alone = search(library, hum_of(7), config, 20);
  ASSERT_EQ(many.size(), alone.size());
  for (size_t i = 0; i < many.size(); ++i) {
    EXPECT_EQ(many[i].number, alone[i].number);
    EXPECT_EQ(many[i].score, alone[i].score);
  }
}

TEST_F(SongSearchTest, TellsSeveralPlacesThatDoNotOverlap) {
  // A song that has its refrain twice.
  const FingerprintSequence refrain = planted_sequence(77, 20, PlantedSongs::kDim);
  const auto hear = [&](const SongFile& song) {
    HeardSong heard = PlantedSongs::hear(song);
    if (song.id != "song50") return heard;
    FingerprintSequence& z = heard.fingerprints;
    for (const int64_t at : {5, 40})
      std::copy(refrain.values.begin(), refrain.values.end(), z.values.begin() + at * z.dim);
    return heard;
  };
  RunObserver silent;
  planted_.builder().add(planted_.songs(50, 51), hear, {}, silent);
  const Library library = Library::open(planted_.library());
  SearchConfig config = plain();
  config.matches = 3;
  const auto found = search(library, query_of(hummed(refrain, 0, 20, 0.3, 1)), config, 1);
  ASSERT_EQ(library.song(found.at(0).number).id, "song50");
  ASSERT_GE(found[0].places.size(), 2u);
  std::vector<double> starts = {found[0].places[0].start_s, found[0].places[1].start_s};
  std::sort(starts.begin(), starts.end());
  EXPECT_NEAR(starts[0], 0.25 * 5, 1e-9);
  EXPECT_NEAR(starts[1], 0.25 * 40, 1e-9);
  for (size_t i = 1; i < found[0].places.size(); ++i)
    EXPECT_TRUE(found[0].places[i].end_s <= found[0].places[0].start_s ||
                found[0].places[i].start_s >= found[0].places[0].end_s);
}

TEST_F(SongSearchTest, ContoursDecideWhereTheyAreAllThatCounts) {
  const auto tune = [](uint64_t seed) {
    RandomStream random({seed, 5});
    std::vector<float> pitch;
    for (int note = 0; note < 30; ++note)
      pitch.insert(pitch.end(), 4, 55.0f + static_cast<float>(random.integer(12)));
    return pitch;
  };
  const auto hear = [&](const SongFile& song) {
    HeardSong heard = PlantedSongs::hear(song);
    heard.contour.pitch_midi = tune(static_cast<uint64_t>(heard.fingerprints.steps) + song.id.back());
    heard.contour.voiced.assign(heard.contour.pitch_midi.size(), 1);
    return heard;
  };
  RunObserver silent;
  planted_.builder().add(planted_.songs(50, 58), hear, {}, silent);
  const Library library = Library::open(planted_.library());
  SearchConfig config = plain();
  config.candidates = 0;
  config.contour_weight = 1;
  Query query = hum_of(3);  // the model would say song3
  query.contour.pitch_midi = library.pitch(library.find("song54"));
  for (float& pitch : query.contour.pitch_midi) pitch -= 3;
  query.contour.voiced.assign(query.contour.pitch_midi.size(), 1);
  EXPECT_EQ(library.song(search(library, query, config, 1).at(0).number).id, "song54");
}

TEST_F(SongSearchTest, WarpingPathsFindThePlantedPlace) {
  const Library library = Library::open(planted_.library());
  SearchConfig config = plain();
  config.similarity = {.correlation = retrieval::Correlation::kDtw};
  for (const int64_t candidates : {int64_t{0}, int64_t{1000}}) {
    config.candidates = candidates;
    const auto found = search(library, hum_of(13), config, 2);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(library.song(found[0].number).id, "song13");
    EXPECT_NEAR(found[0].places.at(0).start_s, 0.25 * kFirst, 1e-9);
    EXPECT_GT(found[0].score, found[1].score);
  }
}

TEST_F(SongSearchTest, ContoursThatAreAllAlikeDecideNothing) {
  const Library library = Library::open(planted_.library());
  SearchConfig config = plain();
  config.contour_weight = 1;  // all songs have one pitch, so all distances are 0
  const auto found = search(library, hum_of(3), config, 5);
  ASSERT_EQ(found.size(), 5u);
  for (const FoundSong& song : found) EXPECT_EQ(song.score, 0);
}

}  // namespace
}  // namespace melomine::library
