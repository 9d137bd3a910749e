#include "regeneration/datasheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace melomine::regeneration {
namespace {

using datasets::FragmentRow;
using datasets::RecordingKind;
using datasets::Verdict;

FragmentRow row(const char* song, const char* part, const char* recording, RecordingKind kind,
                double duration_s, Verdict verdict = Verdict::kNone) {
  FragmentRow r;
  r.group_id = song;
  r.fragment_id = part;
  r.id = r.recording_id = recording;
  r.audio_type = kind;
  r.duration_s = duration_s;
  r.verdict = verdict;
  return r;
}

TEST(Datasheet, CountsWhatThePaperCounts) {
  using enum RecordingKind;
  const Datasheet s =
      datasheet_of({row("s1", "1", "o1", kOriginal, 10), row("s1", "1", "h1", kHumming, 12),
                    row("s1", "1", "h2", kHumming, 8), row("s1", "2", "o1", kOriginal, 18),
                    row("s1", "2", "c1", kCover, 18, Verdict::kRelevant), row("s2", "1", "o2", kOriginal, 9),
                    row("s2", "1", "c2", kCover, 9, Verdict::kUncertain),
                    row("s2", "1", "c2", kCover, 36, Verdict::kRelevant),
                    row("s2", "1", "c3", kCover, 100, Verdict::kRejected)});
  EXPECT_EQ(s.songs, 2);
  EXPECT_EQ(s.fragments, 8);
  EXPECT_EQ(s.original_recordings, 2);
  EXPECT_EQ(s.cover_recordings, 2);
  EXPECT_EQ(s.hums, 2);
  EXPECT_EQ(s.groups, 3);
  EXPECT_EQ(s.smallest_group, 2);
  EXPECT_EQ(s.largest_group, 3);
  EXPECT_NEAR(s.mean_group, 8.0 / 3, 1e-12);
  EXPECT_EQ(s.hummed.groups, 1);
  EXPECT_NEAR(s.hummed.all.mean_s, 10, 1e-12);
  EXPECT_NEAR(s.hummed.all.sd_s, std::sqrt(8.0 / 3), 1e-12);
  EXPECT_EQ(s.hummed.all.least_s, 8);
  EXPECT_EQ(s.covered.all.most_s, 36);
  EXPECT_NEAR(s.covered.others.hours, 63.0 / 3600, 1e-12);
  EXPECT_NEAR(s.original_hours, 37.0 / 3600, 1e-12);
  EXPECT_NEAR(s.sung_hours, 83.0 / 3600, 1e-12);
  EXPECT_NEAR(s.relevant_hours, 54.0 / 3600, 1e-12);
  EXPECT_NEAR(s.uncertain_hours, 9.0 / 3600, 1e-12);
  EXPECT_EQ(s.accepted, 0);
  EXPECT_EQ(s.rejected, 1);
}

TEST(Datasheet, StandsBesideChads) {
  const std::string page = datasheet_page(datasheet_of({}), "nothing");
  EXPECT_THAT(page, ::testing::HasSubstr("| fragments | 0 | 81,781 |"));
  EXPECT_THAT(page, ::testing::HasSubstr("| C: seconds of a fragment | none | 8.0 to 20.0, 14.66 ± 2.03 |"));
  EXPECT_THAT(page, ::testing::HasSubstr("| H: hours of hums | 0.00 | 15.83 |"));
}

}  // namespace
}  // namespace melomine::regeneration
