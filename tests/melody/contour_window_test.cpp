#include "melody/contour_window.h"

#include <gtest/gtest.h>

#include "tests/melody/tunes.h"

namespace melomine::melody {
namespace {

using testing::contour_with;
using testing::random_tune;

TEST(WindowStarts, WhereRestsAreRemovedEveryFrameFromWhichAWindowFits) {
  // 1 s of singing, a rest of 5 s, 1.5 s of singing.
  const std::vector<dsp::Note> tune = {{2, 3, 60, 1}, {8, 9.5, 62, 1}};
  const WindowStarts starts(tune, {.hop_s = 0.1, .frames = 20, .view = {}});
  EXPECT_DOUBLE_EQ(starts.length_s(), 2.5);
  ASSERT_EQ(starts.count(), 6);
  for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(starts.at(i), i);
  EXPECT_EQ(WindowStarts(tune, {.hop_s = 0.1, .frames = 25, .view = {}}).count(), 1);
  EXPECT_EQ(WindowStarts(tune, {.hop_s = 0.1, .frames = 26, .view = {}}).count(), 0);
}

TEST(PropertyWindowStarts, OtherwiseThoseAtLeastHalfVoiced) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<dsp::Note> tune = random_tune(seed, 30);
    for (dsp::Note& note : tune) note.end_s = note.start_s + 0.5 * (note.end_s - note.start_s);
    const ContourWindow window{.hop_s = 0.07, .frames = 31, .view = {.rests = dsp::Rests::kHold}};
    const dsp::Contour contour = dsp::contour_of(tune, 0.07);
    std::vector<int64_t> expected, found;
    for (int64_t f = 0; f + 31 <= contour.frames(); ++f)
      if (dsp::voiced_share(contour, f, 31) >= 0.5) expected.push_back(f);
    const WindowStarts starts(tune, window);
    for (int64_t i = 0; i < starts.count(); ++i) found.push_back(starts.at(i));
    EXPECT_EQ(found, expected) << seed;
    EXPECT_FALSE(expected.empty());
  }
}

TEST(RestsOfAMoment, RemovedAndBackAgain) {
  const dsp::Contour contour = contour_with({0, 60, 61, 0, 0, 62, 0});
  EXPECT_DOUBLE_EQ(before_rests(contour, dsp::Rests::kRemove, 0.25), 1.25);
  EXPECT_DOUBLE_EQ(before_rests(contour, dsp::Rests::kRemove, 2.5), 5.5);
  EXPECT_DOUBLE_EQ(before_rests(contour, dsp::Rests::kRemove, 3), 7);
  EXPECT_DOUBLE_EQ(behind_rests(contour, dsp::Rests::kRemove, 1.25), 0.25);
  EXPECT_DOUBLE_EQ(behind_rests(contour, dsp::Rests::kRemove, 5.5), 2.5);
  EXPECT_DOUBLE_EQ(behind_rests(contour, dsp::Rests::kRemove, 3.7), 2);  // in a rest: its end
  EXPECT_DOUBLE_EQ(behind_rests(contour, dsp::Rests::kRemove, -4), 0);
  EXPECT_DOUBLE_EQ(behind_rests(contour, dsp::Rests::kRemove, 99), 3);
  for (const dsp::Rests rests : {dsp::Rests::kKeep, dsp::Rests::kHold}) {
    EXPECT_DOUBLE_EQ(before_rests(contour, rests, 3.3), 3.3);
    EXPECT_DOUBLE_EQ(behind_rests(contour, rests, 3.3), 3.3);
  }
}

TEST(NotesAbout, ReachFarEnoughInSungTimeOrInTime) {
  // Notes of 1 s, each behind a rest of 1 s: [0, 1), [2, 3), … [18, 19).
  std::vector<dsp::Note> tune;
  for (int n = 0; n < 10; ++n) tune.push_back({2.0 * n, 2.0 * n + 1, 60.0 + n, 1});
  const auto pitches = [&](double center_s, double reach_s, dsp::Rests rests) {
    std::vector<double> all;
    for (const dsp::Note& note : notes_about(tune, center_s, reach_s, rests)) all.push_back(note.pitch_midi);
    return all;
  };
  // Half of the note at the centre on either side, and as many more as it takes.
  EXPECT_EQ(pitches(8.5, 1.5, dsp::Rests::kRemove), (std::vector<double>{63, 64, 65}));
  EXPECT_EQ(pitches(8.5, 1.6, dsp::Rests::kRemove), (std::vector<double>{62, 63, 64, 65, 66}));
  EXPECT_EQ(pitches(8.5, 2.4, dsp::Rests::kKeep), (std::vector<double>{63, 64, 65}));
  EXPECT_EQ(pitches(8.5, 0.4, dsp::Rests::kKeep), (std::vector<double>{64}));
  EXPECT_EQ(pitches(8.5, 99, dsp::Rests::kRemove).size(), 10u);
}

TEST(DrawWindow, LiesAboutTheCentre) {
  const ContourWindow window{.hop_s = 0.1, .frames = 4, .view = {.scale_semitones = 1}};
  const dsp::Contour contour = contour_with({0, 60, 61, 0, 0, 62, 63, 64});
  std::vector<float> image(8);
  // Without rests 60 61 62 63 64; the boundary before 62 is at 5 of the frames with rests.
  EXPECT_TRUE(draw_window({contour, 5}, window, 0, image));
  EXPECT_EQ(image, (std::vector<float>{-1.5, -0.5, 0.5, 1.5, 1, 1, 1, 1}));
  EXPECT_TRUE(draw_window({contour, 5}, window, 0.1, image));
  EXPECT_EQ(image, (std::vector<float>{-1.5, -0.5, 0.5, 1.5, 1, 1, 1, 1}));
  EXPECT_TRUE(draw_window({contour, 8}, window, 0, image));  // half of it behind the end
  EXPECT_EQ(image, (std::vector<float>{-0.5, 0.5, 0, 0, 1, 1, 0, 0}));
  EXPECT_FALSE(draw_window({contour, 8}, window, 0.1, image));
}

}  // namespace
}  // namespace melomine::melody
