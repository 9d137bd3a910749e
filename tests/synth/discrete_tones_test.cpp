#include "synth/discrete_tones.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/random.h"

namespace melomine::synth {
namespace {

/// A track drawn by hand: pieces of `seconds` at a pitch, 0 = no voice.
class DrawnTrack {
 public:
  DrawnTrack& add(double seconds, double pitch_midi, double vibrato_cents = 0) {
    const auto frames = static_cast<int>(std::lround(seconds / track_.hop_s));
    for (int i = 0; i < frames; ++i) {
      const double cents = vibrato_cents * std::sin(2 * std::numbers::pi * 5.5 * i * track_.hop_s);
      push(pitch_midi > 0 ? pitch_midi + cents / 100 : 0);
    }
    return *this;
  }
  DrawnTrack& slide(double seconds, double from_midi, double to_midi) {
    const auto frames = static_cast<int>(std::lround(seconds / track_.hop_s));
    for (int i = 0; i < frames; ++i) push(from_midi + (to_midi - from_midi) * (i + 0.5) / frames);
    return *this;
  }
  const dsp::F0Track& track() const { return track_; }
  std::vector<dsp::Note> tones() const { return discrete_tones(track_); }

 private:
  void push(double pitch_midi) {
    track_.f0_hz.push_back(pitch_midi > 0 ? static_cast<float>(440 * std::exp2((pitch_midi - 69) / 12))
                                          : 0.0f);
    track_.probability.push_back(pitch_midi > 0 ? 1.0f : 0.0f);
  }
  dsp::F0Track track_;
};

TEST(DiscreteTones, AreTheStepsOfTheTrackToHalfAHop) {
  const auto tones = DrawnTrack().add(0.5, 0).add(0.4, 60).add(0.3, 64).add(0.5, 0).add(0.2, 67).tones();
  ASSERT_EQ(tones.size(), 3u);
  const double expected[3][3] = {{0.5, 0.9, 60}, {0.9, 1.2, 64}, {1.7, 1.9, 67}};
  for (size_t n = 0; n < 3; ++n) {
    EXPECT_NEAR(tones[n].start_s, expected[n][0], 0.0051) << n;
    EXPECT_NEAR(tones[n].end_s, expected[n][1], 0.0051) << n;
    EXPECT_NEAR(tones[n].pitch_midi, expected[n][2], 1e-3) << n;
  }
}

TEST(DiscreteTones, KeepTheVoicesOwnTuning) {
  for (const double cents : {-45.0, -20.0, 0.0, 30.0, 45.0}) {
    const DrawnTrack track =
        DrawnTrack().add(0.4, 60 + cents / 100).add(0.4, 62 + cents / 100).add(0.4, 59 + cents / 100);
    EXPECT_NEAR(tuning_cents(track.track()), cents, 0.1);
    const auto tones = track.tones();
    ASSERT_EQ(tones.size(), 3u) << cents;
    EXPECT_NEAR(tones[0].pitch_midi, 60 + cents / 100, 1e-3);
    EXPECT_NEAR(tones[2].pitch_midi, 59 + cents / 100, 1e-3);
  }
}

TEST(DiscreteTones, VibratoSlidesAndWrongOctavesAreNone) {
  EXPECT_EQ(DrawnTrack().add(1.0, 60, 80).tones().size(), 1u);
  // A scoop of a fourth in 60 ms, and a jump of the tracker by an octave for 40 ms.
  const auto scooped = DrawnTrack().slide(0.06, 55, 60).add(0.5, 60).add(0.04, 72).add(0.5, 60).tones();
  ASSERT_EQ(scooped.size(), 1u);
  EXPECT_NEAR(scooped[0].pitch_midi, 60, 1e-3);
  EXPECT_EQ(DrawnTrack().add(0.5, 0).add(0.05, 60).add(0.5, 0).tones().size(), 0u);
  EXPECT_EQ(DrawnTrack().add(0.5, 0).add(0.12, 60).add(0.5, 0).tones().size(), 1u);
}

TEST(DiscreteTones, ASlideBetweenTwoNotesChangesInItsMiddle) {
  const auto tones = DrawnTrack().add(0.5, 60).slide(0.06, 60, 65).add(0.5, 65).tones();
  ASSERT_EQ(tones.size(), 2u);
  EXPECT_NEAR(tones[1].start_s, 0.53, 0.02);
  EXPECT_EQ(tones[0].end_s, tones[1].start_s);
}

TEST(DiscreteTones, ARestPartsEqualNotesAndAConsonantDoesNot) {
  EXPECT_EQ(DrawnTrack().add(0.4, 60).add(0.03, 0).add(0.4, 60).tones().size(), 1u);
  const auto struck = DrawnTrack().add(0.4, 60).add(0.08, 0).add(0.4, 60).tones();
  ASSERT_EQ(struck.size(), 2u);
  EXPECT_NEAR(struck[0].end_s, 0.4, 0.0051);
  EXPECT_NEAR(struck[1].start_s, 0.48, 0.0051);
}

TEST(DiscreteTones, NothingVoicedIsNoTones) {
  EXPECT_TRUE(DrawnTrack().add(1, 0).tones().empty());
  EXPECT_TRUE(DrawnTrack().tones().empty());
  EXPECT_EQ(tuning_cents(DrawnTrack().add(1, 0).track()), 0);
  dsp::F0Track broken;
  broken.hop_s = 0;
  EXPECT_THROW(discrete_tones(broken), ConfigError);
}

TEST(DiscreteTones, PropertyTheyAreInOrderAndDoNotOverlap) {
  RandomStream random({stream_id("tones")});
  for (int trial = 0; trial < 50; ++trial) {
    DrawnTrack track;
    for (int piece = 0; piece < 30; ++piece)
      track.add(random.uniform(0.01, 0.4), random.chance(0.3) ? 0 : random.uniform(45, 80), 60);
    double end_s = 0;
    for (const dsp::Note& tone : track.tones()) {
      EXPECT_GE(tone.start_s, end_s - 1e-9);
      EXPECT_GT(tone.end_s, tone.start_s);
      end_s = tone.end_s;
    }
  }
}

}  // namespace
}  // namespace melomine::synth
