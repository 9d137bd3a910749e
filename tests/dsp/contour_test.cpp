#include "dsp/contour.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "configs/config.h"
#include "core/error.h"

namespace melomine::dsp {
namespace {

float hz_of(double midi) {
  return static_cast<float>(440 * std::exp2((midi - 69) / 12));
}

/// A track of these MIDI pitches; 0 is unvoiced.
F0Track track_of(const std::vector<double>& midi, double hop_s = 0.01) {
  F0Track track{.hop_s = hop_s, .f0_hz = {}, .probability = {}};
  for (const double m : midi) track.f0_hz.push_back(m > 0 ? hz_of(m) : 0);
  return track;
}

/// @param pitch  0 is a rest
Contour contour_with(const std::vector<float>& pitch, double hop_s = 0.1) {
  Contour contour{.hop_s = hop_s, .pitch_midi = pitch, .voiced = {}, .begins = {}};
  for (const float p : pitch) contour.voiced.push_back(p > 0 ? 1 : 0);
  contour.begins.assign(pitch.size(), 0);
  return contour;
}

std::vector<float> drawn(const Contour& contour, int64_t first, int64_t frames, const ContourView& view) {
  std::vector<float> image(static_cast<size_t>(2 * frames), -99);
  draw_contour(contour, first, frames, view, image);
  return image;
}

TEST(ContourOfTrack, AFrameIsTheMedianOfItsVoicedF0) {
  // Of four frames: an odd and an even number of voiced ones, an outlier, a whole rest.
  const Contour contour =
      contour_of(track_of({60, 62, 0, 61, 70, 71, 95, 72, 0, 0, 0, 0, 64, 65, 0, 0}), 0.04);
  ASSERT_EQ(contour.frames(), 4);
  EXPECT_DOUBLE_EQ(contour.hop_s, 0.04);
  EXPECT_DOUBLE_EQ(contour.duration_s(), 0.16);
  EXPECT_NEAR(contour.pitch_midi[0], 61, 1e-4);
  EXPECT_NEAR(contour.pitch_midi[1], 71.5, 1e-4);
  EXPECT_EQ(contour.pitch_midi[2], 0);
  EXPECT_NEAR(contour.pitch_midi[3], 64.5, 1e-4);
  EXPECT_EQ(contour.voiced, (std::vector<uint8_t>{1, 1, 0, 1}));
}

TEST(ContourOfTrack, HalfVoicedIsVoicedAndLessIsARest) {
  const Contour contour =
      contour_of(track_of({60, 60, 60, 60, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 60, 60, 60}), 0.1);
  EXPECT_EQ(contour.voiced, (std::vector<uint8_t>{1, 0}));
  // What is missing of the last frame counts as unvoiced.
  EXPECT_EQ(contour_of(track_of(std::vector<double>(15, 60)), 0.1).voiced, (std::vector<uint8_t>{1, 1}));
  EXPECT_EQ(contour_of(track_of(std::vector<double>(14, 60)), 0.1).voiced, (std::vector<uint8_t>{1, 0}));
  EXPECT_EQ(contour_of(F0Track{}, 0.1).frames(), 0);
}

TEST(ContourOfTrack, KeepsPaceWithHopsThatAreNoMultiple) {
  // A rising tone of 10 s at 10 ms, seen every 23 ms: frame t is about (t + 1/2) hop.
  std::vector<double> rising;
  rising.reserve(1000);
  for (int i = 0; i < 1000; ++i) rising.push_back(40 + 0.04 * i);
  const Contour contour = contour_of(track_of(rising), 0.023);
  ASSERT_EQ(contour.frames(), 435);
  for (int64_t t = 0; t + 1 < contour.frames(); ++t)
    EXPECT_NEAR(contour.pitch_midi[static_cast<size_t>(t)], 40 + 4 * 0.023 * (static_cast<double>(t) + 0.5),
                0.06);
  const Contour same = contour_of(track_of(rising), 0.01);
  ASSERT_EQ(same.frames(), 1000);
  EXPECT_NEAR(same.pitch_midi[777], 40 + 0.04 * 777, 1e-4);
}

TEST(ContourOfTrack, AHopBelowTheTracksIsRefused) {
  EXPECT_THROW(contour_of(track_of({60, 60}), 0.009), ConfigError);
  EXPECT_NO_THROW(contour_of(track_of({60, 60}, 0.1 / 3), 1.0 / 30));
}

TEST(ContourOfTrack, ANoteBeginsWhereTheVoiceComesBack) {
  // Gaps of two frames of 10 ms are the singer's, one of a frame is the tracker's.
  const Contour contour = contour_of(
      track_of({60, 60, 60, 60, 0, 60, 60, 60, 0, 0, 60, 60, 60, 60, 60, 60, 62, 62, 62, 62}), 0.04);
  EXPECT_EQ(contour.voiced, (std::vector<uint8_t>{1, 1, 1, 1, 1}));
  EXPECT_EQ(contour.begins, (std::vector<uint8_t>{1, 0, 1, 0, 0}));
  // What begins in a frame that is a rest begins in the next that is not.
  const Contour late = contour_of(track_of({0, 0, 0, 60, 60, 60, 60, 60, 0, 0, 0, 0}), 0.04);
  EXPECT_EQ(late.voiced, (std::vector<uint8_t>{0, 1, 0}));
  EXPECT_EQ(late.begins, (std::vector<uint8_t>{0, 1, 0}));
}

TEST(ContourOfNotes, NotesBeginInTheirFirstFrame) {
  const std::vector<Note> notes = {
      {0.1, 0.3, 60, 1}, {0.3, 0.5, 60, 1}, {0.5, 0.52, 60, 1}, {0.6, 0.8, 62, 1}};
  EXPECT_EQ(contour_of(notes, 0.1).begins, (std::vector<uint8_t>{0, 1, 0, 1, 0, 0, 1, 0}))
      << "a note without a frame begins nowhere";
}

TEST(ContourBeginnings, TellRepeatedNotesFromLongOnesWhereRestsAreRemoved) {
  const auto seen = [](const std::vector<Note>& notes) {
    return drawn(with_rests(contour_of(notes, 0.1), Rests::kRemove), 0, 6,
                 {.rests = Rests::kRemove, .scale_semitones = 1, .beginnings = true});
  };
  const std::vector<float> twice = seen({{0, 0.3, 60, 1}, {0.5, 0.8, 60, 1}});
  EXPECT_EQ(twice, (std::vector<float>{0, 0, 0, 0, 0, 0, 2, 1, 1, 2, 1, 1}));
  EXPECT_NE(twice, seen({{0, 0.6, 60, 1}}));
}

TEST(ContourBeginnings, AreNotLostInRemovedRestsNorAtFasterTempos) {
  Contour contour = contour_with({60, 60, 0, 0, 62, 62, 64, 64});
  contour.begins = {1, 0, 0, 1, 0, 0, 0, 1};
  EXPECT_EQ(with_rests(contour, Rests::kRemove).begins, (std::vector<uint8_t>{1, 0, 1, 0, 0, 1}));
  EXPECT_EQ(stretched(contour, 2).begins, (std::vector<uint8_t>{1, 1, 0, 1}));
  EXPECT_EQ(stretched(contour, 0.5).begins,
            (std::vector<uint8_t>{1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0}));
}

TEST(ContourBeginnings, NobodyHasToListenForThem) {
  Contour contour = contour_with({60, 0, 62, 62});
  contour.begins.clear();
  const ContourView view{.rests = Rests::kRemove, .scale_semitones = 1, .beginnings = true};
  const Contour removed = with_rests(stretched(contour, 0.5), Rests::kRemove);
  EXPECT_EQ(removed.frames(), 6);
  EXPECT_EQ(drawn(with_rests(contour, Rests::kRemove), 0, 3, view), (std::vector<float>{-2, 0, 0, 1, 1, 1}));
}

TEST(ContourOfNotes, AFrameHasThePitchAtItsCentre) {
  // Centres at .05, .15, …: a note from a centre on has it, one up to it has not.
  const std::vector<Note> notes = {
      {0.15, 0.35, 60, 1}, {0.36, 0.5, 62, 1}, {0.71, 0.74, 80, 1}, {0.8, 0.9, 64, 1}};
  const Contour contour = contour_of(notes, 0.1);
  EXPECT_EQ(contour.pitch_midi, (std::vector<float>{0, 60, 60, 0, 62, 0, 0, 0, 64}));
  EXPECT_EQ(contour.voiced, (std::vector<uint8_t>{0, 1, 1, 0, 1, 0, 0, 0, 1}));
}

TEST(ContourOfNotes, TheHighestOfSeveralSoundsAndItLastsToTheLastEnd) {
  const std::vector<Note> chord = {{0, 1, 60, 1}, {0.2, 0.4, 55, 1}, {0.5, 0.7, 67.25, 1}};
  const Contour contour = contour_of(chord, 0.1);
  EXPECT_EQ(contour.pitch_midi, (std::vector<float>{60, 60, 60, 60, 60, 67.25, 67.25, 60, 60, 60}));
  EXPECT_EQ(contour_of(std::vector<Note>{}, 0.1).frames(), 0);
  EXPECT_THROW(contour_of(chord, 0), ConfigError);
  EXPECT_THROW(contour_of(chord, -1), ConfigError);
}

TEST(ContourRests, AreKeptHeldOrRemoved) {
  const Contour contour = contour_with({0, 0, 60, 60, 0, 62, 0, 0});
  const Contour kept = with_rests(contour, Rests::kKeep);
  EXPECT_EQ(kept.pitch_midi, contour.pitch_midi);
  EXPECT_EQ(kept.voiced, contour.voiced);
  const Contour held = with_rests(contour, Rests::kHold);
  EXPECT_EQ(held.pitch_midi, (std::vector<float>{60, 60, 60, 60, 60, 62, 62, 62}));
  EXPECT_EQ(held.voiced, contour.voiced);
  const Contour removed = with_rests(contour, Rests::kRemove);
  EXPECT_EQ(removed.pitch_midi, (std::vector<float>{60, 60, 62}));
  EXPECT_EQ(removed.voiced, (std::vector<uint8_t>{1, 1, 1}));
}

TEST(ContourRests, WithoutASungFrameNothingIsMadeUp) {
  const Contour silent = contour_with({0, 0, 0});
  EXPECT_EQ(with_rests(silent, Rests::kHold).pitch_midi, (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(with_rests(silent, Rests::kRemove).frames(), 0);
  EXPECT_EQ(with_rests({}, Rests::kHold).frames(), 0);
  EXPECT_EQ(drawn(silent, 0, 3, {}), std::vector<float>(6, 0));
}

TEST(DrawContour, BeginningsAreSeenOnlyIfTheViewHasThem) {
  Contour contour = contour_with({60, 60, 0, 62});
  contour.begins = {1, 0, 1, 0};
  EXPECT_EQ(drawn(contour, 0, 4, {.rests = Rests::kKeep}),
            drawn(contour_with({60, 60, 0, 62}), 0, 4, {.rests = Rests::kKeep}));
  const auto image = drawn(contour, 0, 4, {.rests = Rests::kKeep, .beginnings = true});
  EXPECT_EQ(std::vector<float>(image.begin() + 4, image.end()), (std::vector<float>{2, 1, 0, 1}))
      << "nothing begins in a rest";
}

TEST(DrawContour, CountsFromTheMedianOfTheWindowsVoicedFrames) {
  const ContourView view{.rests = Rests::kKeep, .scale_semitones = 2};
  // The window begins at frame 1: of 60, 64, 90 the median is 64.
  const Contour contour = contour_with({20, 60, 64, 0, 90, 30});
  EXPECT_EQ(drawn(contour, 1, 4, view), (std::vector<float>{-2, 0, 0, 13, 1, 1, 0, 1}));
  // Another key, the same image; an even number of frames has the middle of two.
  EXPECT_EQ(drawn(contour_with({65, 69, 0, 95}), 0, 4, view), (std::vector<float>{-2, 0, 0, 13, 1, 1, 0, 1}));
  EXPECT_EQ(drawn(contour_with({60, 64}), 0, 2, view), (std::vector<float>{-1, 1, 1, 1}));
}

TEST(DrawContour, AFixedOriginTellsKeysApart) {
  const ContourView view{
      .rests = Rests::kKeep, .origin = PitchOrigin::kFixed, .origin_midi = 60, .scale_semitones = 4};
  EXPECT_EQ(drawn(contour_with({62, 0, 56}), 0, 3, view), (std::vector<float>{0.5, 0, -1, 1, 0, 1}));
}

TEST(DrawContour, HeldPitchIsDrawnAndStillNotVoiced) {
  const ContourView view{.rests = Rests::kHold, .scale_semitones = 1};
  const Contour held = with_rests(contour_with({60, 0, 62, 0}), Rests::kHold);
  // The median is of voiced frames alone: 61.
  EXPECT_EQ(drawn(held, 0, 4, view), (std::vector<float>{-1, -1, 1, 1, 1, 0, 1, 0}));
}

TEST(DrawContour, BeyondTheEndsThereIsNothing) {
  const ContourView view{.rests = Rests::kKeep, .scale_semitones = 1};
  const Contour contour = contour_with({60, 62});
  EXPECT_EQ(drawn(contour, -1, 4, view), (std::vector<float>{0, -1, 1, 0, 0, 1, 1, 0}));
  EXPECT_EQ(drawn(contour, 2, 2, view), std::vector<float>(4, 0));
  EXPECT_EQ(drawn(contour, -9, 2, view), std::vector<float>(4, 0));
  EXPECT_DOUBLE_EQ(voiced_share(contour, -1, 4), 0.5);
  EXPECT_DOUBLE_EQ(voiced_share(contour, 1, 1), 1);
  EXPECT_DOUBLE_EQ(voiced_share(contour, 7, 3), 0);
  EXPECT_DOUBLE_EQ(voiced_share(contour, 0, 0), 0);
}

TEST(ContourView, IsReadFromYaml) {
  const auto view = configs::parse_config<ContourView>(
      "{rests: hold, origin: fixed, origin_midi: 50, scale_semitones: 3, beginnings: true}", "v.yaml");
  EXPECT_EQ(view.rests, Rests::kHold);
  EXPECT_EQ(view.origin, PitchOrigin::kFixed);
  EXPECT_EQ(view.origin_midi, 50);
  EXPECT_EQ(view.scale_semitones, 3);
  EXPECT_TRUE(view.beginnings);
  EXPECT_THROW(configs::parse_config<ContourView>("{rests: drop}", "v.yaml"), ConfigError);
  EXPECT_THROW(configs::parse_config<ContourView>("{scale_semitones: 0}", "v.yaml"), ConfigError);
}

}  // namespace
}  // namespace melomine::dsp
