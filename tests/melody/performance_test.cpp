#include "melody/performance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "configs/config.h"
#include "core/error.h"
#include "tests/melody/performed.h"
#include "tests/melody/tunes.h"

namespace melomine::melody {
namespace {

using testing::monotone;
using testing::only;
using testing::perform;
using testing::random_tune;
using testing::steady_tune;

/// The pitch in the middle of each note of a steady tune. @param place  in the note, 0..1
std::vector<double> note_pitches(const dsp::Contour& contour, double note_s, double place = 0.5) {
  std::vector<double> pitches;
  for (double at_s = place * note_s; at_s < contour.duration_s(); at_s += note_s)
    pitches.push_back(contour.pitch_midi[static_cast<size_t>(at_s / contour.hop_s)]);
  return pitches;
}

double sd_about(const std::vector<double>& values, double center) {
  double squares = 0;
  for (const double v : values) squares += (v - center) * (v - center);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

TEST(PropertyPerformer, WithoutASignOfLifeItIsTheScoreExactly) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    std::vector<dsp::Note> tune = random_tune(seed, 60);
    if (seed % 5 == 0)
      tune.push_back({tune.back().start_s + 0.1, tune.back().end_s + 0.3, 75.5, 1});  // together
    for (const double hop_s : {0.01, 0.1, 0.0232}) {
      const Performance performance = perform(exact_performance(), tune, seed, hop_s);
      const dsp::Contour score = dsp::contour_of(tune, hop_s);
      ASSERT_EQ(performance.contour.pitch_midi, score.pitch_midi) << seed;
      ASSERT_EQ(performance.contour.voiced, score.voiced) << seed;
      ASSERT_EQ(performance.contour.begins, score.begins) << seed;
      EXPECT_EQ(performance.contour.hop_s, hop_s);
      for (const double s : {-1.0, 0.3, 7.77, 12.0, 500.0}) EXPECT_NEAR(performance.sung_s(s), s, 1e-9);
    }
  }
  EXPECT_EQ(perform({}, {}, 1).contour.frames(), 0);
}

TEST(PropertyPerformer, DependsOnTheStreamAloneAndNoTwoAreAlike) {
  const std::vector<dsp::Note> tune = random_tune(1, 40);
  const Performance a = perform({}, tune, 7), b = perform({}, tune, 7), c = perform({}, tune, 8);
  EXPECT_EQ(a.contour.pitch_midi, b.contour.pitch_midi);
  EXPECT_NE(a.contour.pitch_midi, c.contour.pitch_midi);
}

TEST(PropertyPerformer, WhatIsSungHasAPitchAndWhatIsNotHasNone) {
  PerformanceConfig wild;
  wild.left_out = wild.added = wild.wrong_notes = wild.octave_errors = wild.drop_outs = wild.detached = 0.3;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const dsp::Contour contour = perform(wild, random_tune(seed, 30), seed, 0.02).contour;
    for (size_t t = 0; t < contour.voiced.size(); ++t) {
      EXPECT_EQ(contour.voiced[t] != 0, contour.pitch_midi[t] > 0);
      if (contour.voiced[t] != 0) {
        EXPECT_GT(contour.pitch_midi[t], 15);
        EXPECT_LT(contour.pitch_midi[t], 120);
      }
    }
  }
}

TEST(Performance, TempoScalesTime) {
  std::vector<dsp::Note> tune = random_tune(4, 40);
  const Performance twice = perform(only([](auto& c) { c.min_tempo = c.max_tempo = 2; }), tune, 1);
  for (dsp::Note& note : tune) note = {note.start_s / 2, note.end_s / 2, note.pitch_midi, 1};
  EXPECT_EQ(twice.contour.pitch_midi, dsp::contour_of(tune, 0.01).pitch_midi);
  EXPECT_NEAR(twice.sung_s(10), 5, 1e-9);
  EXPECT_NEAR(twice.sung_s(-1), -0.5, 1e-9);
  double mean = 0, slowest = 1, fastest = 1;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const double tempo = perform({}, {}, seed).tempo;
    mean += std::log(tempo) / 500;
    slowest = std::min(slowest, tempo);
    fastest = std::max(fastest, tempo);
  }
  EXPECT_NEAR(mean, 0.5 * std::log(0.7 * 1.4), 0.04);
  EXPECT_NEAR(slowest, 0.7, 0.01);
  EXPECT_NEAR(fastest, 1.4, 0.02);
}

TEST(Performance, RubatoIsALogNormalFactorOfEachLength) {
  const Performance free = perform(only([](auto& c) { c.min_rubato = c.max_rubato = 0.15; }),
                                   steady_tune(std::vector<double>(2000, 60), 0.4), 1);
  ASSERT_EQ(free.clock.size(), 2001u);
  std::vector<double> logs;
  for (size_t n = 1; n < free.clock.size(); ++n)
    logs.push_back(std::log((free.clock[n].sung_s - free.clock[n - 1].sung_s) / 0.4));
  EXPECT_NEAR(sd_about(logs, 0), 0.15, 0.01);
  EXPECT_EQ(std::count(free.contour.voiced.begin(), free.contour.voiced.end(), 0),
            0);  // joined notes stay joined
}

TEST(Performance, TheClockTellsWhenANoteIsSung) {
  PerformanceConfig config = only([](auto& c) {
    c.min_tempo = 0.7;
    c.max_tempo = 1.4;
    c.min_rubato = c.max_rubato = 0.18;
  });
  std::vector<double> scale;
  scale.reserve(60);
  for (int n = 0; n < 60; ++n) scale.push_back(40 + n);
  const std::vector<dsp::Note> tune = steady_tune(scale, 0.4);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Performance performance = perform(config, tune, seed);
    for (const dsp::Note& note : tune)
      for (const double place : {0.1, 0.5, 0.9}) {
        const double at_s = performance.sung_s(note.start_s + place * 0.4);
        EXPECT_EQ(performance.contour.pitch_midi[static_cast<size_t>(at_s / 0.01)], note.pitch_midi);
      }
  }
}

TEST(Performance, TranspositionMovesAllByOneInterval) {
  const std::vector<dsp::Note> tune = random_tune(4, 40);
  const dsp::Contour score = dsp::contour_of(tune, 0.01);
  double lowest = 0, highest = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const dsp::Contour sung =
        perform(only([](auto& c) { c.transposition_semitones = 5; }), tune, seed).contour;
    EXPECT_EQ(sung.voiced, score.voiced);
    const auto first =
        static_cast<size_t>(std::find(score.voiced.begin(), score.voiced.end(), 1) - score.voiced.begin());
    const double shift = sung.pitch_midi[first] - score.pitch_midi[first];
    for (size_t t = 0; t < score.voiced.size(); ++t)
      if (score.voiced[t] != 0) {
        ASSERT_NEAR(sung.pitch_midi[t] - score.pitch_midi[t], shift, 1e-4);
      }
    lowest = std::min(lowest, shift);
    highest = std::max(highest, shift);
  }
  EXPECT_NEAR(lowest, -5, 0.4);
  EXPECT_NEAR(highest, 5, 0.4);
}

TEST(Performance, RangeScalesDistancesFromTheMean) {
  const std::vector<dsp::Note> tune = steady_tune({60, 64, 66, 70}, 0.5);  // mean 65
  const Performance narrow = perform(only([](auto& c) { c.min_range = c.max_range = 0.8; }), tune, 1);
  const std::vector<double> pitches = note_pitches(narrow.contour, 0.5);
  ASSERT_EQ(pitches.size(), 4u);
  for (size_t n = 0; n < 4; ++n) EXPECT_NEAR(pitches[n], 65 + 0.8 * (tune[n].pitch_midi - 65), 1e-5);
}

TEST(Performance, NoteErrorsAreNormalAndLastTheNote) {
  const auto config = only([](auto& c) { c.note_error_semitones = 0.3; });
  std::vector<double> errors;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const dsp::Contour sung = perform(config, monotone(), seed).contour;
    const std::vector<double> early = note_pitches(sung, 0.4, 0.1), late = note_pitches(sung, 0.4, 0.9);
    EXPECT_EQ(early, late);
    errors.insert(errors.end(), early.begin(), early.end());
  }
  EXPECT_NEAR(sd_about(errors, 60), 0.3, 0.02);
}

TEST(Performance, TheSkillOfTheSingerScalesErrors) {
  std::vector<double> logs;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const auto config = only([](auto& c) { c.note_error_semitones = 0.3, c.skill_spread = 0.5; });
    logs.push_back(
        std::log(sd_about(note_pitches(perform(config, monotone(), seed).contour, 0.4), 60) / 0.3));
  }
  EXPECT_NEAR(sd_about(logs, 0), 0.5, 0.08);
  EXPECT_LT(*std::max_element(logs.begin(), logs.end()), std::log(3.5 * 1.3));
}

TEST(Performance, AKeySlipLasts) {
  std::vector<double> steps;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto config = only([](auto& c) { c.key_slips = 0.2, c.key_slip_semitones = 1.5; });
    const std::vector<double> pitches = note_pitches(perform(config, monotone(), seed).contour, 0.4);
    for (size_t n = 1; n < pitches.size(); ++n)
      if (pitches[n] != pitches[n - 1]) steps.push_back(pitches[n] - pitches[n - 1]);
  }
  EXPECT_NEAR(static_cast<double>(steps.size()) / 1980, 0.2, 0.03);
  EXPECT_NEAR(sd_about(steps, 0), 1.5, 0.15);
}

TEST(Performance, WrongNotesAreOffByOneToFourSemitones) {
  std::map<long, int> off;
  for (uint64_t seed = 0; seed < 30; ++seed)
    for (const double pitch :
         note_pitches(perform(only([](auto& c) { c.wrong_notes = 0.2; }), monotone(), seed).contour, 0.4)) {
      EXPECT_EQ(pitch, std::round(pitch));
      ++off[std::lround(pitch - 60)];
    }
  EXPECT_NEAR(off[0] / 3000.0, 0.8, 0.03);
  ASSERT_EQ(off.size(), 9u);
  for (const auto& [semitones, count] : off) {
    EXPECT_LE(std::abs(semitones), 4);
    if (semitones != 0) {
      EXPECT_NEAR(count, 75, 40) << semitones;
    }
  }
}

TEST(Performance, LeftOutNotesAreRestsOrTheNoteBeforeThem) {
  std::vector<double> scale;
  scale.reserve(60);
  for (int n = 0; n < 60; ++n) scale.push_back(40 + n);
  int rests = 0, held = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Performance sung = perform(only([](auto& c) { c.left_out = 0.2; }), steady_tune(scale, 0.4), seed);
    ASSERT_EQ(sung.contour.frames(), 2400);  // time goes on
    const std::vector<double> pitches = note_pitches(sung.contour, 0.4);
    for (size_t n = 0; n < pitches.size(); ++n) {
      if (pitches[n] == scale[n]) continue;
      if (pitches[n] == 0) {
        ++rests;
      } else {
        ++held;
        EXPECT_LT(pitches[n], scale[n]);
      }
    }
  }
  EXPECT_NEAR((rests + held) / 3000.0, 0.2, 0.03);
  EXPECT_NEAR(static_cast<double>(held) / (rests + held), 0.5, 0.1);
}

TEST(Performance, AddedNotesAreTheSecondPartOfOne) {
  int added = 0;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const dsp::Contour sung = perform(only([](auto& c) { c.added = 0.25; }), monotone(), seed).contour;
    EXPECT_EQ(std::count(sung.voiced.begin(), sung.voiced.end(), 0), 0);
    const std::vector<double> early = note_pitches(sung, 0.4, 0.1), late = note_pitches(sung, 0.4, 0.9);
    for (size_t n = 0; n < late.size(); ++n) {
      EXPECT_EQ(early[n], 60);
      const double off = std::abs(late[n] - 60);
      EXPECT_TRUE(off == 0 || off == 1 || off == 2);
      added += off > 0;
    }
  }
  EXPECT_NEAR(added / 3000.0, 0.25, 0.03);
}

TEST(Performance, DetachedNotesEndEarlyByHalfOfThemAtMost) {
  int detached = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const auto config = only([](auto& c) { c.detached = 0.5, c.max_gap_s = 0.3; });
    const dsp::Contour sung = perform(config, monotone(), seed).contour;
    for (int n = 0; n < 100; ++n)
      for (int t = 0; t < 20; ++t) ASSERT_EQ(sung.pitch_midi[static_cast<size_t>(40 * n + t)], 60);
    detached += std::count(sung.voiced.begin(), sung.voiced.end(), 0) > 100;
  }
  EXPECT_NEAR(detached / 200.0, 0.48, 0.1);
}

TEST(Performance, GlidesLeadFromOnePitchToTheNextThroughTheOnset) {
  const auto config = only([](auto& c) { c.max_glide_s = 0.2; });
  double longest_s = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const dsp::Contour sung = perform(config, steady_tune({60, 67}, 0.5), seed, 0.001).contour;
    int moving = 0;
    for (size_t t = 1; t < 1000; ++t) {
      EXPECT_GE(sung.pitch_midi[t], sung.pitch_midi[t - 1] - 1e-4f);
      moving += sung.pitch_midi[t] > 60.001f && sung.pitch_midi[t] < 66.999f;
      if (t < 400 || t >= 600) {
        EXPECT_FLOAT_EQ(sung.pitch_midi[t], t < 500 ? 60 : 67);
      }
      EXPECT_NEAR(sung.pitch_midi[t] - 60, 67 - sung.pitch_midi[999 - t], 1e-3);  // centred on the onset
    }
    longest_s = std::max(longest_s, 0.001 * moving);
  }
  EXPECT_NEAR(longest_s, 0.19, 0.02);
  // Over a rest nobody glides.
  const std::vector<dsp::Note> apart = {{0, 0.5, 60, 1}, {0.6, 1, 67, 1}};
  EXPECT_EQ(perform(config, apart, 3).contour.pitch_midi, dsp::contour_of(apart, 0.01).pitch_midi);
}

TEST(Performance, ScoopsRiseToThePitchWithinTheirTime) {
  int scooped = 0;
  double deepest = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const auto config = only([](auto& c) { c.scoops = 0.6, c.scoop_semitones = 2; });
    const dsp::Contour sung = perform(config, monotone(), seed).contour;
    for (size_t n = 0; n < 100; ++n) {
      const float first = sung.pitch_midi[40 * n];
      scooped += first < 60;
      deepest = std::max(deepest, 60.0 - first);
      for (size_t t = 1; t < 40; ++t) {
        ASSERT_GE(sung.pitch_midi[40 * n + t], sung.pitch_midi[40 * n + t - 1]);
        if (t >= 15) {
          ASSERT_EQ(sung.pitch_midi[40 * n + t], 60);
        }
      }
    }
  }
  EXPECT_NEAR(scooped / 5000.0, 0.3, 0.06);
  EXPECT_NEAR(deepest, 2, 0.1);
}

TEST(Performance, VibratoSwingsAboutLongNotesAfterAWhile) {
  int with = 0;
  double widest = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const auto config = only([](auto& c) { c.vibrato = 0.4, c.vibrato_semitones = 0.6; });
    const dsp::Contour sung = perform(config, steady_tune({60}, 4), seed).contour;
    double mean = 0, reach = 0;
    int crossings = 0;
    for (size_t t = 0; t < 400; ++t) {
      if (t < 20) {
        EXPECT_EQ(sung.pitch_midi[t], 60);
      }
      mean += (sung.pitch_midi[t] - 60) / 400;
      reach = std::max(reach, std::abs(sung.pitch_midi[t] - 60.0));
      if (t >= 40) crossings += (sung.pitch_midi[t] > 60) != (sung.pitch_midi[t - 1] > 60);
    }
    widest = std::max(widest, reach);
    if (reach == 0) continue;
    ++with;
    EXPECT_NEAR(mean, 0, 0.05);
    EXPECT_GE(crossings, static_cast<int>(2 * 4.5 * 3.6) - 2);
    EXPECT_LE(crossings, static_cast<int>(2 * 6.5 * 3.6) + 2);
  }
  EXPECT_NEAR(with / 200.0, 0.4, 0.1);
  EXPECT_NEAR(widest, 0.6, 0.05);
}

TEST(Performance, OctaveErrorsAreOfPartsOfNotes) {
  int notes = 0;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const dsp::Contour sung =
        perform(only([](auto& c) { c.octave_errors = 0.15; }), monotone(), seed).contour;
    EXPECT_EQ(std::count(sung.voiced.begin(), sung.voiced.end(), 0), 0);
    for (size_t n = 0; n < 100; ++n) {
      std::set<float> pitches;
      for (size_t t = 0; t < 40; ++t) pitches.insert(sung.pitch_midi[40 * n + t]);
      for (const float pitch : pitches) EXPECT_TRUE(pitch == 60 || pitch == 48 || pitch == 72) << pitch;
      notes += pitches.contains(48) || pitches.contains(72);
    }
  }
  EXPECT_NEAR(notes / 3000.0, 0.15, 0.03);
}

TEST(Performance, DropOutsAreShortRests) {
  int gaps = 0, longest = 0;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const auto config = only([](auto& c) { c.drop_outs = 0.05, c.max_drop_out_s = 0.2; });
    const dsp::Contour sung = perform(config, monotone(), seed).contour;
    int length = 0;
    for (size_t t = 0; t < sung.voiced.size(); ++t) {
      EXPECT_EQ(sung.pitch_midi[t], sung.voiced[t] != 0 ? 60 : 0);
      length = sung.voiced[t] == 0 ? length + 1 : 0;
      gaps += length == 1;
      longest = std::max(longest, length);
    }
  }
  EXPECT_NEAR(gaps / 3000.0, 0.05, 0.015);
  EXPECT_GE(longest, 15);
  EXPECT_LE(longest, 40);  // two may follow each other
}

TEST(Performer, SettingsOutsideTheirRangesAreRefused) {
  EXPECT_THROW(Performer(only([](auto& c) { c.min_tempo = 2; })), ConfigError);
  EXPECT_THROW(Performer(only([](auto& c) { c.note_error_semitones = -1; })), ConfigError);
  EXPECT_THROW(Performer(only([](auto& c) { c.wrong_notes = 1.5; })), ConfigError);
  RandomStream random({1});
  EXPECT_THROW(Performer({}).perform({}, 0, random), ConfigError);
  EXPECT_EQ(configs::parse_config<PerformanceConfig>("{max_tempo: 2, scoops: 0}", "p.yaml").max_tempo, 2);
}

}  // namespace
}  // namespace melomine::melody
