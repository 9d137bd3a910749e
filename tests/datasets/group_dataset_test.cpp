#include "datasets/group_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace melomine::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kRate = 16000;

StoredRecording stored(std::string id, std::string song, RecordingKind kind, std::string path = "",
                       std::string youtube = "") {
  StoredRecording s;
  s.recording = {std::move(id), std::move(song), kind, std::move(path), "", "", std::move(youtube)};
  s.length_samples = 60 * kRate;
  return s;
}

FragmentRow row(std::string group, std::string id, RecordingKind kind, TimeInterval interval) {
  FragmentRow r;
  r.group_id = std::move(group);
  r.fragment_id = "1";
  r.id = std::move(id);
  r.audio_type = kind;
  r.interval = interval;
  return r;
}

std::vector<std::string> recordings_of(const FragmentGroup& group) {
  std::vector<std::string> ids;
  for (const Fragment& f : group.fragments) ids.push_back(f.recording_id);
  return ids;
}

const std::vector<StoredRecording> kStore = {
    stored("o1", "song1", RecordingKind::kOriginal, "audio/o1.flac", "YT1"),
    stored("c1", "song1", RecordingKind::kCover, "audio/c1.flac", "YT2"),
    stored("h1", "song1", RecordingKind::kHumming, "hums/h1.flac"),
    stored("o2", "song2", RecordingKind::kOriginal, "audio/o2.flac"),
    stored("h2", "song2", RecordingKind::kHumming, "chad/g2/1/h2.mp3")};

TEST(GroupDataset, FindsRecordingsByEachKeyAndTakesTheOriginalsTimeAndSong) {
  auto by_recording = row("g", "x", RecordingKind::kCover, {30, 42});
  by_recording.recording_id = "c1";
  auto by_path = row("g", "y", RecordingKind::kHumming, {0, 9});
  by_path.path = "hums/../hums/h1.flac";
  auto by_youtube = row("g", "z", RecordingKind::kOriginal, {20, 30});
  by_youtube.youtube_id = "YT1";
  const auto data = build_groups({by_recording, by_path, by_youtube}, kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  const FragmentGroup& group = data.groups[0];
  EXPECT_EQ(group.song_id, "song1");
  EXPECT_DOUBLE_EQ(group.duration_s, 10);
  EXPECT_THAT(recordings_of(group), ElementsAre("c1", "h1", "o1"));
  // Linear: halves of the intervals correspond.
  EXPECT_DOUBLE_EQ(group.fragments[0].to_recording_s(5), 36);
  EXPECT_DOUBLE_EQ(group.fragments[1].to_recording_s(5), 4.5);
  EXPECT_DOUBLE_EQ(group.fragments[2].to_recording_s(5), 25);
  EXPECT_EQ(data.counts.linear_maps, 2);
}

TEST(GroupDataset, APathFromAnotherFolderFallsBackToTheId) {
  auto stem = row("g", "h1", RecordingKind::kHumming, {0, 9});
  stem.path = "vocals/h1.flac";
  const auto data = build_groups({row("g", "o1", RecordingKind::kOriginal, {0, 9}), stem}, kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_THAT(recordings_of(data.groups[0]), ElementsAre("o1", "h1"));
}

TEST(GroupDataset, AFileInChadsLayoutIsTheFragmentItself) {
  const auto data = build_groups({row("g2", "o2", RecordingKind::kOriginal, {20, 30}),
                                  row("g2", "h2", RecordingKind::kHumming, {50, 58})},
                                 kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_EQ(data.groups[0].fragments[1].interval, (TimeInterval{0, 8}));
  EXPECT_DOUBLE_EQ(data.groups[0].fragments[1].to_recording_s(5), 4);
}

TEST(GroupDataset, CountsWhatItLeavesOut) {
  auto rejected = row("g1", "c1", RecordingKind::kCover, {0, 5});
  rejected.verdict = "rejected";
  auto elsewhere = row("g1", "unknown", RecordingKind::kCover, {0, 5});
  elsewhere.path = "hums/set_aside.flac";
  elsewhere.youtube_id = "YT2";  // would be found: it must not stand in
  const std::vector<FragmentRow> rows = {row("g1", "o1", RecordingKind::kOriginal, {0, 5}),
                                         row("g1", "h1", RecordingKind::kHumming, {0, 5}),
                                         row("g1", "h1", RecordingKind::kHumming, {60, 65}),
                                         rejected,
                                         elsewhere,
                                         row("g3", "o2", RecordingKind::kOriginal, {0, 5}),
                                         row("g3", "nowhere", RecordingKind::kHumming, {0, 5})};
  const auto data = build_groups(rows, kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_THAT(recordings_of(data.groups[0]), ElementsAre("o1", "h1"));
  EXPECT_EQ(data.counts.rows, 7);
  EXPECT_EQ(data.counts.groups, 1);
  EXPECT_EQ(data.counts.fragments, 2);
  EXPECT_EQ(data.counts.outside_fragments, 1);
  EXPECT_EQ(data.counts.unverified_fragments, 1);
  EXPECT_EQ(data.counts.absent_fragments, 2);
  EXPECT_EQ(data.counts.small_groups, 1);
  EXPECT_THAT(data.counts.summary(), HasSubstr("1 groups of 2 fragments from 7 rows"));
}

TEST(GroupDataset, UncertainFragmentsWaitUnlessAsked) {
  auto uncertain = row("g1", "c1", RecordingKind::kCover, {0, 5});
  uncertain.verdict = "uncertain";
  const std::vector<FragmentRow> rows = {row("g1", "o1", RecordingKind::kOriginal, {0, 5}), uncertain};
  EXPECT_EQ(build_groups(rows, kStore, kRate).groups.size(), 0u);
  EXPECT_EQ(build_groups(rows, kStore, kRate, {}, {.use_song = {}, .use_uncertain = true}).groups.size(), 1u);
}

TEST(GroupDataset, HeldOutSongsStayOut) {
  const std::vector<FragmentRow> rows = {
      row("g1", "o1", RecordingKind::kOriginal, {0, 5}), row("g1", "h1", RecordingKind::kHumming, {0, 5}),
      row("g2", "o2", RecordingKind::kOriginal, {0, 5}), row("g2", "h2", RecordingKind::kHumming, {0, 5})};
  const auto data = build_groups(rows, kStore, kRate, {},
                                 {.use_song = [](const std::string& song) { return song != "song1"; }});
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_EQ(data.groups[0].song_id, "song2");
  EXPECT_EQ(data.counts.held_out_groups, 1);
}

TEST(GroupDataset, TruthGivesTheTimeMap) {
  const std::vector<TruthRow> truth = {{"song1", "o1", "h1", RecordingKind::kHumming, {20, 24}, {0, 5}, 0},
                                       {"song1", "o1", "h1", RecordingKind::kHumming, {24, 30}, {5, 10}, 0}};
  const auto data = build_groups(
      {row("g", "o1", RecordingKind::kOriginal, {20, 30}), row("g", "h1", RecordingKind::kHumming, {0, 10})},
      kStore, kRate, truth);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_EQ(data.counts.linear_maps, 0);
  EXPECT_NEAR(data.groups[0].fragments[1].to_recording_s(2), 2.5, 1e-9);
  EXPECT_NEAR(data.groups[0].fragments[1].to_recording_s(7), 7.5, 1e-9);
}

TEST(GroupDataset, WithoutAnOriginalInTheStoreItsIntervalStillMeasuresTheGroup) {
  const auto data = build_groups(
      {row("g", "gone", RecordingKind::kOriginal, {20, 30}), row("g", "c1", RecordingKind::kCover, {5, 17}),
       row("g", "h1", RecordingKind::kHumming, {0, 8})},
      kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_DOUBLE_EQ(data.groups[0].duration_s, 10);
  EXPECT_DOUBLE_EQ(data.groups[0].fragments[0].to_recording_s(5), 11);
}

}  // namespace
}  // namespace melomine::datasets
