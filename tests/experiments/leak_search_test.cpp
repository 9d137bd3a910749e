#include "experiments/leak_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/random.h"
#include "tests/support/temp_folder.h"

namespace melomine::experiments {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A tune of a seed, a note every third of a second.
std::vector<dsp::Note> tune(uint64_t seed) {
  RandomStream random({seed});
  std::vector<dsp::Note> notes;
  double pitch = 62;
  for (int i = 0; i < 60; ++i) {
    const double at = i / 3.0;
    notes.push_back({at, at + 0.3, pitch});
    pitch += static_cast<double>(random.bits() % 11) - 5;
  }
  return notes;
}

/// It as sound at 16 kHz, from `start_s` on. @param detune  semitones
dsp::AudioBuffer sound(uint64_t seed, double start_s = 0, double gain = 1, double detune = 0) {
  dsp::AudioBuffer audio;
  double phase = 0;
  for (const dsp::Note& note : tune(seed)) {
    const double hz = 440 * std::exp2((note.pitch_midi + detune - 69) / 12);
    for (int i = 0; i < 16000 / 3; ++i) {
      phase += 2 * std::numbers::pi * hz / 16000;
      const double level = gain * std::exp(-6.0 * i / 16000);
      audio.samples.push_back(static_cast<float>(
          level * (0.3 * std::sin(phase) + 0.2 * std::sin(2 * phase) + 0.1 * std::sin(3 * phase))));
    }
  }
  audio.samples.erase(audio.samples.begin(),
                      audio.samples.begin() + static_cast<std::ptrdiff_t>(16000 * start_s));
  return audio;
}

LeakItem recording(const std::string& id, const dsp::AudioBuffer& audio) {
  return {.id = id,
          .place = "song '" + id + "'",
          .title = {},
          .youtube_id = {},
          .audio = [audio] { return audio; },
          .notes = {}};
}

LeakItem score(const std::string& id, const std::vector<dsp::Note>& notes) {
  return {.id = id, .place = "melodies", .title = {}, .youtube_id = {}, .audio = {}, .notes = [notes] {
            return notes;
          }};
}

LeakItem named(const std::string& id, const std::string& title, const std::string& youtube_id = "") {
  return {.id = id,
          .place = "song '" + id + "'",
          .title = title,
          .youtube_id = youtube_id,
          .audio = {},
          .notes = {}};
}

std::vector<Leak> leaks(const std::vector<LeakItem>& evaluated, const std::vector<LeakItem>& trained) {
  RunObserver silent;
  return find_leaks(evaluated, trained, silent).leaks;
}

TEST(LeakSearch, AQuieterExcerptIsTheSameAudio) {
  const auto found = leaks({recording("excerpt", sound(1, 6, 0.2)), recording("other", sound(2))},
                           {recording("a", sound(3)), recording("whole", sound(1))});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].kind, LeakKind::kAudio);
  EXPECT_EQ(found[0].evaluated, "excerpt");
  EXPECT_EQ(found[0].trained, "whole");
  EXPECT_NEAR(found[0].trained_s, 6, 0.1);
  EXPECT_EQ(found[0].evaluated_s, 0);
  EXPECT_THAT(describe(found[0]), HasSubstr("'excerpt' of song 'excerpt' is the same audio"));
}

TEST(LeakSearch, TheTuneInAnotherKeyIsAnotherRecording) {
  EXPECT_THAT(leaks({recording("cover", sound(1, 0, 1, 2))}, {recording("original", sound(1))}), IsEmpty());
}

TEST(LeakSearch, ATuneAndItsQuotation) {
  auto higher = tune(1);
  for (dsp::Note& note : higher) note.pitch_midi += 5;
  std::vector<LeakItem> melodies;
  for (uint64_t seed = 1; seed < 100; ++seed)
    melodies.push_back(score("m" + std::to_string(seed), tune(seed)));
  const auto own = tune(500);
  std::vector<dsp::Note> quoting(own.begin(), own.begin() + 20);
  const auto quoted = tune(7);
  for (size_t i = 10; i < 21; ++i) {
    quoting.push_back(quoted[i]);
    quoting.back().start_s += 20.0 / 3 - 10.0 / 3;
  }
  const auto found = leaks({score("same", higher), score("quotes", quoting)}, melodies);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].kind, LeakKind::kNotes);
  EXPECT_EQ(found[0].trained, "m1");
  EXPECT_EQ(found[1].kind, LeakKind::kPassage);
  EXPECT_EQ(found[1].trained, "m7");
  EXPECT_EQ(found[1].evaluated, "quotes");
}

TEST(LeakSearch, YouTubeIdsAreProofsAndTitlesHints) {
  const auto found =
      leaks({named("x", "L'Été (Live) [HD]"), named("y", "Two", "abcdefghijk")},
            {named("a", "l’ete feat. Somebody"), named("b", "Three", "abcdefghijk"), named("c", "")});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].kind, LeakKind::kId);
  EXPECT_EQ(found[0].trained, "b");
  EXPECT_EQ(found[1].kind, LeakKind::kTitle);
  EXPECT_EQ(found[1].trained, "a");
  EXPECT_TRUE(is_proof(found[0].kind));
  EXPECT_FALSE(is_proof(found[1].kind));
}

TEST(LeakSearch, WhatCannotBeReadIsCounted) {
  LeakItem broken = recording("broken", {});
  broken.audio = []() -> dsp::AudioBuffer { throw DataError("gone"); };
  RunObserver silent;
  const auto search =
      find_leaks({broken, recording("x", sound(1))}, {recording("whole", sound(1)), broken}, silent);
  EXPECT_EQ(search.unread, 2);
  EXPECT_THAT(search.leaks, SizeIs(1));
}

TEST(TitleKey, LeavesWordsAlone) {
  EXPECT_EQ(title_key("  Beyoncé – Déjà Vu (feat. JAY-Z)"), "beyonce deja vu");
  EXPECT_EQ(title_key("Don't Stop"), title_key("dont stop!"));
  EXPECT_EQ(title_key("Song ft. Other"), "song");
  EXPECT_EQ(title_key("Featuring"), "featuring");
  EXPECT_EQ(title_key("e\xCC\x81te\xCC\x81"), "ete");
  EXPECT_EQ(title_key("ŁÓDŹ"), "lodz");
  EXPECT_EQ(title_key("月亮代表我的心（现场）"), "月亮代表我的心");
  EXPECT_EQ(title_key("(Untitled)"), "");
  EXPECT_EQ(title_key("a \xFF b"), title_key("a \xFF b"));
}

TEST(LeakTable, ComesBackAsItWasWritten) {
  const testing::TempFolder folder;
  const Leak leak{.kind = LeakKind::kPassage,
                  .evaluated = "a, \"b\"",
                  .evaluated_in = "set 's'",
                  .trained = "t",
                  .trained_in = "melodies",
                  .alike = 0.25,
                  .matched = 9,
                  .bits = 31.5,
                  .evaluated_s = 1.25,
                  .trained_s = 0,
                  .text = ""};
  write_leaks(folder / "leaks.csv", {leak});
  const auto read = read_leaks(folder / "leaks.csv");
  ASSERT_THAT(read, SizeIs(1));
  EXPECT_EQ(describe(read[0]), describe(leak));
  EXPECT_EQ(read[0].kind, leak.kind);
  EXPECT_EQ(read[0].bits, 31.5);
  write_leaks(folder / "leaks.csv", {});
  EXPECT_THAT(read_leaks(folder / "leaks.csv"), IsEmpty());
}

}  // namespace
}  // namespace melomine::experiments
