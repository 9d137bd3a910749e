#include "library/stretches.h"

#include <gtest/gtest.h>

#include <vector>

namespace melomine::library {
namespace {

constexpr double kWindow_s = 10, kStep_s = 2.5;

/// Windows of a stream, and hits in them whose others lie around 0 with a spread of 1.
class Stream {
 public:
  explicit Stream(int64_t windows) {
    for (int64_t w = 0; w < windows; ++w)
      windows_.push_back({.start_s = start(w), .end_s = start(w) + kWindow_s, .spread = 1});
  }
  static double start(int64_t window) { return static_cast<double>(window) * kStep_s; }

  /// A song in windows [first, last), that goes by `tempo` times as slow from ref_s on.
  void add(int64_t song, int64_t first, int64_t last, double ref_s, double lead, double tempo = 1) {
    for (int64_t w = first; w < last; ++w) {
      StreamHit hit{.window = w, .song = song};
      hit.query_start_s = start(w);
      hit.query_end_s = start(w) + kWindow_s;
      hit.ref_start_s = ref_s + start(w - first) / tempo;
      hit.ref_end_s = hit.ref_start_s + kWindow_s / tempo;
      hit.tempo_ratio = tempo;
      hit.transposition_semitones = -2;
      hit.score = 0.8;
      hit.lead = hit.evidence = lead;
      hit.spread = 1;
      hits_.push_back(hit);
    }
  }
  std::vector<Stretch> joined(const StretchConfig& config = {}) const {
    const double duration_s = windows_.back().end_s;
    return join_hits(hits_, windows_, kStep_s / kWindow_s, duration_s, config);
  }

 private:
  std::vector<SearchedWindow> windows_;
  std::vector<StreamHit> hits_;
};

TEST(Stretches, NeighbouringWindowsBecomeOneStretchBetweenTwoWithoutAMatch) {
  Stream stream(40);
  stream.add(7, 8, 17, 30, 12, 1.25);
  const auto told = stream.joined();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].song, -1);
  EXPECT_EQ(told[0].query_end_s, 20);
  EXPECT_EQ(told[2].song, -1);
  const Stretch& song = told[1];
  EXPECT_EQ(song.song, 7);
  EXPECT_EQ(song.hits, 9);
  EXPECT_NEAR(song.query_start_s, 20, 1e-9);
  EXPECT_NEAR(song.query_end_s, 50, 1e-9);
  EXPECT_NEAR(song.ref_start_s, 30, 1e-9);
  EXPECT_NEAR(song.ref_end_s, 30 + 30 / 1.25, 1e-9);
  EXPECT_NEAR(song.tempo_ratio, 1.25, 1e-9);
  EXPECT_NEAR(song.transposition_semitones, -2, 1e-9);
  EXPECT_NEAR(song.score, 0.8, 1e-9);
  EXPECT_NEAR(song.evidence, 9 * (12 - StretchConfig{}.least_standing) / 4, 1e-9);
}

TEST(Stretches, TheTempoOfAStretchIsFinerThanThatOfItsHits) {
  Stream stream(60);
  stream.add(1, 0, 40, 10, 12, 1.03);
  EXPECT_NEAR(stream.joined()[0].tempo_ratio, 1.03, 1e-6);
}

TEST(Stretches, HitsThatAreNoLineInTimeStayApart) {
  Stream stream(40);
  stream.add(7, 4, 10, 30, 12);
  stream.add(7, 14, 20, 90, 12);  // another verse
  stream.add(7, 26, 32, 30, 12);
  int64_t found = 0;
  for (const Stretch& stretch : stream.joined()) found += stretch.song == 7;
  EXPECT_EQ(found, 3);
}

TEST(Stretches, AMissedWindowDoesNotEndASong) {
  Stream stream(40);
  stream.add(7, 4, 10, 30, 14);
  stream.add(7, 11, 20, 30 + 7 * kStep_s, 14);
  const auto told = stream.joined();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[1].hits, 15);
}

TEST(Stretches, WhatStandsOutNoMoreThanOthersIsNoMatch) {
  Stream stream(40);
  stream.add(7, 3, 6, 30, StretchConfig{}.least_standing + 1);
  stream.add(8, 20, 30, 30, StretchConfig{}.least_standing - 1);
  const auto told = stream.joined();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].song, -1);
  ASSERT_EQ(told[0].alternatives.size(), 1u) << "what spoke for itself, though too little";
  EXPECT_EQ(told[0].alternatives[0].song, 7);
}

TEST(Stretches, TheBetterOfTwoIsKeptAndTheOtherToldBesideIt) {
  Stream stream(40);
  stream.add(7, 5, 15, 30, 12);
  stream.add(8, 6, 14, 80, 10);
  stream.add(9, 15, 30, 10, 11);  // its first windows hold the end of song 7
  const auto told = stream.joined();
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told[1].song, 9 - 2);
  ASSERT_EQ(told[1].alternatives.size(), 1u);
  EXPECT_EQ(told[1].alternatives[0].song, 8);
  EXPECT_EQ(told[2].song, 9);
  EXPECT_GE(told[2].query_start_s, told[1].query_end_s - 1e-9);
  for (size_t i = 1; i < told.size(); ++i) EXPECT_NEAR(told[i].query_start_s, told[i - 1].query_end_s, 1.0);
}

TEST(Stretches, NothingIsFoundInNothing) {
  const std::vector<Stretch> told = join_hits({}, {}, 0.25, 12, {});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].song, -1);
  EXPECT_EQ(told[0].query_end_s, 12);
}

}  // namespace
}  // namespace melomine::library
