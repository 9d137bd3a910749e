#include "library/song_clock.h"

#include <gtest/gtest.h>

namespace melomine::library {
namespace {

TEST(SongClock, IsTheRecordingsWhereRestsAreHeard) {
  const std::vector<float> pitch = {60, 0, 0, 62};
  EXPECT_DOUBLE_EQ(SongClock(pitch, 0.1, false).time_of(0.25), 0.25);
}

TEST(SongClock, PutsRestsBackIn) {
  const std::vector<float> pitch = {0, 60, 60, 0, 0, 62, 62};
  const SongClock clock(pitch, 0.1, true);
  EXPECT_NEAR(clock.time_of(0), 0.1, 1e-12);  // what is sung begins at the second frame
  EXPECT_NEAR(clock.time_of(0.1), 0.2, 1e-12);
  EXPECT_NEAR(clock.time_of(0.15), 0.25, 1e-12);
  EXPECT_NEAR(clock.time_of(0.2), 0.5, 1e-12);  // behind the rest
  EXPECT_NEAR(clock.time_of(0.4), 0.7, 1e-12);  // the last sung frame and on
  EXPECT_NEAR(clock.time_of(-1), 0.1, 1e-12);
}

TEST(SongClock, FindsTheMedianOfWhatIsSung) {
  EXPECT_DOUBLE_EQ(median_pitch(std::vector<float>{0, 60, 0, 64, 62}), 62);
  EXPECT_DOUBLE_EQ(median_pitch(std::vector<float>{0, 0}), 0);
}

}  // namespace
}  // namespace melomine::library
