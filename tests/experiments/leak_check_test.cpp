#include "experiments/leak_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/experiments/song_shards.h"

namespace melomine::experiments {
namespace {

using datasets::RecordingKind;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ShardRecording;
using testing::SongShards;

/// Songs a and b are trained on, v validates, h is held out.
Split split() {
  Split split;
  split.train = {"a", "b"};
  split.validation = {"v"};
  split.held_out = {"h"};
  return split;
}

/// @returns the message, "" when nothing is refused
template <class Check>
std::string refusal(const Check& check) {
  try {
    check();
  } catch (const ConfigError& e) {
    return e.what();
  }
  return {};
}

std::string shared(const std::vector<ShardRecording>& recordings) {
  const SongShards shards(recordings);  // read while they are compared
  const auto corpus = shards.corpus();
  return refusal([&] { refuse_shared_recordings(corpus.store(), split()); });
}

TEST(LeakCheck, TheSameAudioUnderAHeldOutAndATrainedSongIsNamed) {
  EXPECT_THAT(shared({{"a1", "a", RecordingKind::kCover, 3}, {"h1", "h", RecordingKind::kOriginal, 3}}),
              AllOf(HasSubstr("data leak"), HasSubstr("'h1' of song 'h' (held out)"),
                    HasSubstr("'a1' of song 'a'"), HasSubstr("data.held_out_ids")));
  EXPECT_THAT(shared({{"v1", "v", RecordingKind::kHumming, 5}, {"b1", "b", RecordingKind::kOriginal, 5}}),
              HasSubstr("'v1' of song 'v' (a validation song)"));
}

TEST(LeakCheck, TheSameAudioWithinOneSideIsNoLeak) {
  EXPECT_THAT(shared({{"a1", "a", RecordingKind::kCover, 3}, {"b1", "b", RecordingKind::kCover, 3}}),
              IsEmpty());
  EXPECT_THAT(shared({{"v1", "v", RecordingKind::kCover, 3},
                      {"h1", "h", RecordingKind::kCover, 3},
                      {"a1", "a", RecordingKind::kCover, 4}}),
              IsEmpty());
}

TEST(LeakCheck, SilentRecordingsAreEqualForNoOtherReason) {
  EXPECT_THAT(shared({{"a1", "a", RecordingKind::kCover, 0}, {"h1", "h", RecordingKind::kCover, 0}}),
              IsEmpty());
}

class LeakCheckOfTables : public ::testing::Test {
 protected:
  std::string of_row(const std::string& recording) const {
    datasets::FragmentRow row;
    row.group_id = "a_r01_01";
    row.recording_id = recording;
    return refusal([&] { refuse_held_out_rows({row}, "mined.csv", corpus_.store(), split()); });
  }
  std::string of_fragment(const std::string& recording, const std::string& song = "a") const {
    datasets::FragmentGroup group;
    group.group_id = "g7";
    group.song_id = song;
    group.fragments.resize(1);
    group.fragments[0].recording_id = recording;
    return refusal([&] { refuse_held_out_fragments({group}, corpus_.store(), split()); });
  }
  datasets::Corpus corpus_ = SongShards({{"a1", "a", RecordingKind::kOriginal, 1},
                                         {"v1", "v", RecordingKind::kHumming, 2},
                                         {"h1", "h", RecordingKind::kHumming, 3}})
                                 .corpus();
};

TEST_F(LeakCheckOfTables, AMinedRowOfASongThatIsEvaluatedOnIsNamedWithItsTable) {
  EXPECT_THAT(of_row("a1"), IsEmpty());
  EXPECT_THAT(of_row("gone"), IsEmpty());  // counted as absent where groups are built
  EXPECT_THAT(of_row("h1"), AllOf(HasSubstr("mined.csv: group a_r01_01"), HasSubstr("'h1' of song 'h'"),
                                  HasSubstr("which is held out"), HasSubstr("remove its folder")));
  EXPECT_THAT(of_row("v1"), HasSubstr("'v1' of song 'v', which is a validation song"));
}

TEST_F(LeakCheckOfTables, AHumFiledUnderAnotherSongIsNamedWithItsGroup) {
  EXPECT_THAT(of_fragment("a1"), IsEmpty());
  EXPECT_THAT(of_fragment("gone"), IsEmpty());
  EXPECT_THAT(of_fragment("h1"), AllOf(HasSubstr("group g7 of song 'a'"), HasSubstr("'h1' of song 'h'"),
                                       HasSubstr("correct data.groups")));
  EXPECT_THAT(of_fragment("v1"), HasSubstr("a validation song"));
}

TEST_F(LeakCheckOfTables, ATrainedRecordingInAGroupThatIsHeldOutIsNamedToo) {
  EXPECT_THAT(of_fragment("h1", "h"), IsEmpty());
  EXPECT_THAT(of_fragment("v1", "h"), IsEmpty());
  EXPECT_THAT(of_fragment("a1", "h"), AllOf(HasSubstr("group g7 of song 'h' is held out"),
                                            HasSubstr("'a1' of song 'a', which is trained on")));
}

}  // namespace
}  // namespace melomine::experiments
