#include "dsp/gap_detector.h"

#include <gtest/gtest.h>

#include <cmath>

namespace melomine::dsp {
namespace {

constexpr double kFrame_s = 0.02;

TEST(GapDetector, FramesThatFollowEachOtherLeaveNoGap) {
  GapDetector gaps;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(gaps.next(3 + i * kFrame_s, kFrame_s), 0) << i;
  EXPECT_EQ(gaps.restarts(), 0);
}

TEST(GapDetector, AMissingFrameIsAGapOfItsLength) {
  GapDetector gaps;
  for (int i = 0; i < 200; ++i) {
    if (i == 50 || (i >= 100 && i < 150)) continue;
    const double gap_s = gaps.next(i * kFrame_s, kFrame_s);
    EXPECT_NEAR(gap_s, i == 51 ? kFrame_s : i == 150 ? 50 * kFrame_s : 0, 1e-9) << i;
  }
}

TEST(GapDetector, FramesWithoutATimeStampContinue) {
  GapDetector gaps;
  EXPECT_EQ(gaps.next(std::nullopt, kFrame_s), 0);
  EXPECT_EQ(gaps.next(5.0, kFrame_s), 0);
  for (int i = 1; i < 10; ++i) EXPECT_EQ(gaps.next(std::nullopt, kFrame_s), 0);
  EXPECT_NEAR(gaps.next(5.0 + 10 * kFrame_s, kFrame_s), 0, 1e-9);
  EXPECT_NEAR(gaps.next(6.0, kFrame_s), 1 - 11 * kFrame_s, 1e-9);
}

TEST(GapDetector, RoundingAndDriftAreNoGaps) {
  // Frames of 23.2 ms with time stamps in whole milliseconds, and a clock that is off by 300 ppm: half a
  // minute of drift in a day, 0.7 s in the 40 minutes here.
  GapDetector gaps;
  double filled_s = 0;
  for (int i = 0; i < 100000; ++i) {
    const double true_s = i * 1024.0 / 44100 * 1.0003;
    filled_s += gaps.next(std::round(1000 * true_s) / 1000, 1024.0 / 44100);
  }
  EXPECT_EQ(filled_s, 0);
  EXPECT_NEAR(gaps.followed_s(), 100000 * 1024.0 / 44100 * 0.0003, 0.01);
}

TEST(GapDetector, RoundingAloneIsNotFollowedFar) {
  GapDetector gaps;
  for (int i = 0; i < 100000; ++i)
    EXPECT_EQ(gaps.next(std::round(1000 * i * 1024.0 / 44100) / 1000, 1024.0 / 44100), 0);
  EXPECT_NEAR(gaps.followed_s(), 0, 0.001);
}

TEST(GapDetector, ABeginningThatIsMissingIsAGap) {
  GapDetector gaps;
  gaps.begin_at(0);
  EXPECT_NEAR(gaps.next(1.5, kFrame_s), 1.5, 1e-9);
  EXPECT_NEAR(gaps.next(1.5 + kFrame_s, kFrame_s), 0, 1e-9);
}

TEST(GapDetector, JitterNeverAddsUp) {
  // Every tenth time stamp is 40 ms late, as live recordings have it: the silence put in stays one jitter
  // long.
  GapDetector gaps;
  double filled_s = 0;
  for (int i = 0; i < 10000; ++i) filled_s += gaps.next(i * kFrame_s + (i % 10 == 9 ? 0.04 : 0), kFrame_s);
  EXPECT_LE(filled_s, 0.05);
}

TEST(GapDetector, TimeStampsThatGoBackBeginAnew) {
  GapDetector gaps;
  for (int piece = 0; piece < 3; ++piece)
    for (int i = 0; i < 100; ++i)
      EXPECT_NEAR(gaps.next(i * kFrame_s, kFrame_s), 0, 1e-9) << piece << " " << i;
  EXPECT_EQ(gaps.restarts(), 2);
  EXPECT_NEAR(gaps.next(3.0, kFrame_s), 1.0, 1e-9);
}

}  // namespace
}  // namespace melomine::dsp
