#include "core/progress.h"

#include <gtest/gtest.h>

#include "core/progress_line.h"

namespace melomine {
namespace {

TEST(FormatDuration, NamesTheTwoLargestUnits) {
  EXPECT_EQ(format_duration(-1), "0 s");
  EXPECT_EQ(format_duration(59.4), "59 s");
  EXPECT_EQ(format_duration(59.5), "1 min 00 s");
  EXPECT_EQ(format_duration(200), "3 min 20 s");
  EXPECT_EQ(format_duration(3599.6), "1 h 00 min");
  EXPECT_EQ(format_duration(3600 + 2 * 60 + 59), "1 h 02 min");
  EXPECT_EQ(format_duration(100 * 3600), "100 h 00 min");
}

TEST(ProgressLine, TellsTheRateAndWhatIsLeft) {
  EXPECT_EQ(
      progress_line({.stage = "ingest", .unit = "recordings", .total = 100, .done = 20, .elapsed_s = 10}),
      "ingest 20/100 recordings, 2/s, 40 s left");
  EXPECT_EQ(
      progress_line({.stage = "ingest", .unit = "recordings", .total = 20, .done = 20, .elapsed_s = 10}),
      "ingest 20/20 recordings, 2/s");
  EXPECT_EQ(progress_line({.stage = "train", .unit = "steps", .total = 0, .done = 3, .elapsed_s = 0}),
            "train 3 steps, 0/s");
}

TEST(ProgressLine, OfAResumedStageCountsOnlyWhatThisProcessHasDone) {
  // 10 of 1,000 in 5 s: the 890 done before say nothing of the 100 that are left.
  EXPECT_EQ(progress_line({.stage = "train",
                           .unit = "steps",
                           .total = 1000,
                           .done_before = 890,
                           .done = 900,
                           .elapsed_s = 5}),
            "train 900/1000 steps, 2/s, 50 s left");
}

/// Standard error of a test is no terminal: a stage ends with a line, and in between there is one in ten
/// seconds.
TEST(ConsoleObserver, WithoutATerminalAStageIsOneLine) {
  ::testing::internal::CaptureStderr();
  ConsoleObserver console;
  console.on_stage_begin("mine", 4, "songs");
  for (int64_t done = 1; done <= 4; ++done) console.on_progress(done, "");
  console.on_stage_end("12 fragments");
  console.on_stage_begin("evaluate", 1, "sets");
  console.on_stage_end("");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "mine: 12 fragments (0 s)\nevaluate: (0 s)\n");
}

}  // namespace
}  // namespace melomine
