#include <gtest/gtest.h>

#include <algorithm>

#include "melody/performance.h"
#include "tests/melody/performed.h"
#include "tests/melody/tunes.h"

namespace melomine::melody {
namespace {

using testing::monotone;
using testing::only;
using testing::perform;
using testing::random_tune;

TEST(Beginnings, JoinedNotesAreHeardToBeginByShare) {
  // Joined notes on one pitch: of a hundred as many are heard as the share says, which is uniform over
  // performances.
  double mean = 0, least = 1, most = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const dsp::Contour contour =
        perform(only([](auto& c) { c.unheard_beginnings = 0.8; }), monotone(), seed).contour;
    const double heard =
        0.01 * static_cast<double>(std::count(contour.begins.begin(), contour.begins.end(), 1));
    mean += heard / 400;
    least = std::min(least, heard);
    most = std::max(most, heard);
  }
  EXPECT_NEAR(mean, 0.6, 0.03);
  EXPECT_LT(least, 0.3);
  EXPECT_GT(most, 0.95);
  // With gaps between them all are heard, whatever the share.
  const dsp::Contour apart = perform(only([](auto& c) {
                                       c.unheard_beginnings = 1;
                                       c.detached = 1;
                                       c.max_gap_s = 0.3;
                                     }),
                                     monotone(), 3)
                                 .contour;
  EXPECT_EQ(std::count(apart.begins.begin(), apart.begins.end(), 1), 100);
}

TEST(Beginnings, FalseBeginningsLieWithinNotes) {
  const dsp::Contour contour =
      perform(only([](auto& c) { c.false_beginnings = 0.5; }), monotone(), 5).contour;
  const auto begun = std::count(contour.begins.begin(), contour.begins.end(), 1);
  EXPECT_NEAR(static_cast<double>(begun), 150, 20);
}

TEST(Beginnings, BeginningsChangeNothingElse) {
  PerformanceConfig deaf;
  deaf.unheard_beginnings = deaf.false_beginnings = 0;
  const std::vector<dsp::Note> tune = random_tune(6, 40);
  EXPECT_EQ(perform({}, tune, 9).contour.pitch_midi, perform(deaf, tune, 9).contour.pitch_midi);
}

}  // namespace
}  // namespace melomine::melody
