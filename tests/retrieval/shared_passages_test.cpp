#include "retrieval/shared_passages.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace melomine::retrieval {
namespace {

using dsp::Note;
using Tune = std::vector<Note>;

/// A tune of a seed: steps of a scale and leaps, three lengths of notes.
Tune tune(uint64_t seed, int notes) {
  RandomStream random({seed});
  Tune all;
  double at = 0, pitch = 60;
  for (int i = 0; i < notes; ++i) {
    const double length = 0.25 * static_cast<double>(1 + random.bits() % 3);
    all.push_back({at, at + length, pitch});
    at += length;
    pitch += static_cast<double>(random.bits() % 11) - 5;
  }
  return all;
}

Tune changed(Tune notes, double semitones, double slower) {
  for (Note& note : notes) note = {note.start_s * slower, note.end_s * slower, note.pitch_midi + semitones};
  return notes;
}

class SharedPassages : public ::testing::Test {
 protected:
  SharedPassages() {
    for (uint64_t i = 0; i < 200; ++i) tunes_.push_back(tune(i, 60));
    table_ = std::make_unique<PassageTable>(std::vector<std::span<const Note>>(tunes_.begin(), tunes_.end()));
  }
  std::vector<Tune> tunes_;
  std::unique_ptr<PassageTable> table_;
};

TEST_F(SharedPassages, TheSameTuneInAnotherKeyAndTempoIsFound) {
  const auto found = table_->find(changed(tunes_[42], 7, 1.7), {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].melody, 42);
  EXPECT_EQ(found[0].notes, 60);
  EXPECT_DOUBLE_EQ(found[0].share, 1);
  EXPECT_GT(found[0].bits, 100);
}

TEST_F(SharedPassages, AQuotationIsFoundWithItsPlaces) {
  Tune query = tune(1000, 30);
  const double from = query.back().end_s;
  const Tune quoted(tunes_[9].begin() + 20, tunes_[9].begin() + 34);
  for (Note note : changed(quoted, -3, 1)) {
    note.start_s += from - quoted.front().start_s;
    query.push_back(note);
  }
  const auto found = table_->find(query, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].melody, 9);
  EXPECT_GE(found[0].notes, 14);
  EXPECT_LE(found[0].notes, 16);
  EXPECT_NEAR(found[0].known_start_s, quoted.front().start_s, 0.8);
  EXPECT_NEAR(found[0].start_s, from, 0.8);
}

TEST_F(SharedPassages, AWrongNoteDoesNotEndAPassage) {
  Tune query = tunes_[5];
  query[30].pitch_midi += 1;
  const auto found = table_->find(query, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].notes, 60);
}

TEST_F(SharedPassages, OtherTunesShareNone) {
  for (uint64_t seed = 5000; seed < 5050; ++seed) EXPECT_TRUE(table_->find(tune(seed, 60), {}).empty());
}

TEST_F(SharedPassages, ARhythmOfItsOwnTakesEvidenceAway) {
  Tune query = tunes_[5];
  RandomStream random({8});
  double at = 0;
  for (Note& note : query) {
    const double length = 0.1 + 1.5 * random.uniform(0, 1);
    note.start_s = at;
    at += length;
    note.end_s = at;
  }
  const auto same = table_->find(tunes_[5], {}), other = table_->find(query, {});
  ASSERT_EQ(same.size(), 1U);
  EXPECT_TRUE(other.empty() || other[0].bits < 0.8 * same[0].bits);
}

TEST(SharedPassagesOfRepeatedNotes, WhatIsCommonIsNoEvidence) {
  std::vector<Tune> tunes;
  for (int i = 0; i < 50; ++i) {
    Tune drone;
    for (int k = 0; k < 12; ++k) drone.push_back({0.5 * k, 0.5 * k + 0.5, 60.0 + i});
    tunes.push_back(drone);
  }
  const PassageTable table({tunes.begin(), tunes.end()});
  EXPECT_TRUE(table.find(tunes[0], {}).empty());
}

TEST(SharedPassagesOfLittle, ShortTunesAndNoTunesAreFine) {
  const Tune two = {{0, 1, 60}, {1, 2, 62}};
  const PassageTable nothing(std::vector<std::span<const Note>>{});
  EXPECT_TRUE(nothing.find(two, {}).empty());
  const PassageTable table(std::vector<std::span<const Note>>{two});
  EXPECT_TRUE(table.find(two, {}).empty());
  EXPECT_TRUE(table.find({}, {}).empty());
}

}  // namespace
}  // namespace melomine::retrieval
