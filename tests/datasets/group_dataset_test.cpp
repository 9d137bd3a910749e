#include "datasets/group_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

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
  rejected.verdict = Verdict::kRejected;
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
  uncertain.verdict = Verdict::kUncertain;
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
  const Truth truth(
      std::vector<TruthRow>{{"song1", "o1", "h1", RecordingKind::kHumming, {20, 24}, {0, 5}, 0},
                            {"song1", "o1", "h1", RecordingKind::kHumming, {24, 30}, {5, 10}, 0}});
  const auto data = build_groups(
      {row("g", "o1", RecordingKind::kOriginal, {20, 30}), row("g", "h1", RecordingKind::kHumming, {0, 10})},
      kStore, kRate, truth);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_EQ(data.counts.linear_maps, 0);
  EXPECT_NEAR(data.groups[0].fragments[1].to_recording_s(2), 2.5, 1e-9);
  EXPECT_NEAR(data.groups[0].fragments[1].to_recording_s(7), 7.5, 1e-9);
}

TEST(GroupDataset, AGroupKnowsWhereInItsOriginalItLies) {
  auto chad_original = row("g2", "o2", RecordingKind::kOriginal, {70, 80});
  chad_original.youtube_id = "YT9";
  std::vector<StoredRecording> store = kStore;
  store.push_back(stored("cut", "song2", RecordingKind::kOriginal, "chad/g2/1/o2.mp3"));
  const auto data = build_groups(
      {row("g", "o1", RecordingKind::kOriginal, {20, 30}), row("g", "h1", RecordingKind::kHumming, {0, 10}),
       chad_original, row("g2", "h2", RecordingKind::kHumming, {0, 10}),
       row("g3", "h1", RecordingKind::kHumming, {20, 30}), row("g3", "c1", RecordingKind::kCover, {20, 30})},
      store, kRate);
  ASSERT_EQ(data.groups.size(), 3u);
  EXPECT_EQ(data.groups[0].original_id, "o1");
  EXPECT_EQ(data.groups[0].original_start_s, 20);
  EXPECT_EQ(data.groups[1].original_id, "YT9") << "the file is the fragment: its row says of what";
  EXPECT_EQ(data.groups[1].original_start_s, 70);
  EXPECT_EQ(data.groups[2].original_id, "") << "no original is named";
}

TEST(GroupDataset, TruthOfItsRecordingsGoesWithAGroup) {
  // A hum of the verse, which returns at 50 s; of the cover nobody asked.
  const Truth truth(
      std::vector<TruthRow>{{"song1", "o1", "h1", RecordingKind::kHumming, {20, 30}, {0, 10}, 0},
                            {"song1", "o1", "h1", RecordingKind::kHumming, {50, 60}, {0, 10}, 0},
                            {"song1", "o1", "o1", RecordingKind::kOriginal, {20, 22}, {5, 7}, 0},
                            {"song1", "o1", "c1", RecordingKind::kCover, {20, 30}, {40, 50}, 0}});
  const auto data = build_groups(
      {row("g", "o1", RecordingKind::kOriginal, {20, 30}), row("g", "h1", RecordingKind::kHumming, {0, 10})},
      kStore, kRate, truth);
  ASSERT_EQ(data.groups.size(), 1u);
  std::vector<std::string> recordings;
  std::vector<double> starts_s;
  for (const SameNotes& place : data.groups[0].same_notes) {
    recordings.push_back(place.recording_id);
    starts_s.push_back(place.map.from.start_s);
  }
  EXPECT_THAT(recordings, ElementsAre("o1", "h1", "h1"));
  EXPECT_THAT(starts_s, ElementsAre(20, 20, 50));
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

/// A row of CHAD: a song, its part, an excerpt of a video.
FragmentRow chad_row(std::string song, std::string fragment, std::string video, RecordingKind kind,
                     TimeInterval interval) {
  FragmentRow r = row(std::move(song), "row of " + video, kind, interval);
  r.fragment_id = std::move(fragment);
  r.youtube_id = std::move(video);
  return r;
}

TEST(GroupDataset, FragmentsOfOneSongAreGroupsOfTheirOwn) {
  // A chorus at 10 s and a bridge at 40 s of the same original, each in a cover of its own timing.
  const std::vector<FragmentRow> rows = {chad_row("g", "1", "YT1", RecordingKind::kOriginal, {10, 26}),
                                         chad_row("g", "2", "YT1", RecordingKind::kOriginal, {40, 55}),
                                         chad_row("g", "1", "YT2", RecordingKind::kCover, {12, 28}),
                                         chad_row("g", "2", "YT2", RecordingKind::kCover, {30, 45})};
  const auto data = build_groups(rows, kStore, kRate);
  ASSERT_EQ(data.groups.size(), 2u);
  for (size_t g = 0; g < 2; ++g) {
    EXPECT_EQ(data.groups[g].song_id, "song1");
    EXPECT_THAT(recordings_of(data.groups[g]), ElementsAre("o1", "c1"));
  }
  EXPECT_EQ(data.groups[0].group_id, "g/1");
  EXPECT_EQ(data.groups[1].group_id, "g/2");
  EXPECT_DOUBLE_EQ(data.groups[0].duration_s, 16);
  EXPECT_DOUBLE_EQ(data.groups[1].duration_s, 15);
  EXPECT_DOUBLE_EQ(data.groups[0].fragments[1].to_recording_s(0), 12);
  EXPECT_DOUBLE_EQ(data.groups[1].fragments[1].to_recording_s(0), 30);
}

TEST(GroupDataset, WithoutFragmentIdsTheGroupIsTheUnit) {
  std::vector<FragmentRow> rows = {row("g1", "o1", RecordingKind::kOriginal, {0, 5}),
                                   row("g1", "h1", RecordingKind::kHumming, {0, 5})};
  for (FragmentRow& r : rows) r.fragment_id.clear();
  const auto data = build_groups(rows, kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_EQ(data.groups[0].group_id, "g1");
}

TEST(GroupDataset, AGroupMayHaveSeveralVideosOfItsOriginal) {
  const std::vector<StoredRecording> store = {
      stored("o1", "song1", RecordingKind::kOriginal, "o1.flac", "-dQw4w9.WgX"),
      stored("o2", "song1", RecordingKind::kOriginal, "o2.flac", "_ZZ"),
      stored("c1", "song1", RecordingKind::kCover, "c1.flac", "c.1")};
  const auto data = build_groups({chad_row("g", "1", "_ZZ", RecordingKind::kOriginal, {20, 30}),
                                  chad_row("g", "1", "-dQw4w9.WgX", RecordingKind::kOriginal, {21, 31}),
                                  chad_row("g", "1", "c.1", RecordingKind::kCover, {5, 17})},
                                 store, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_THAT(recordings_of(data.groups[0]), ElementsAre("o2", "o1", "c1"));
  EXPECT_DOUBLE_EQ(data.groups[0].fragments[1].to_recording_s(5), 26);  // the first original sets the time
  EXPECT_DOUBLE_EQ(data.groups[0].fragments[2].to_recording_s(5), 11);
}

TEST(GroupDataset, NamesWithDotsAndHyphensFindTheirFiles) {
  const std::vector<StoredRecording> store = {
      stored("r1", "s", RecordingKind::kOriginal, "chad/g/1/-a.b.opus"),
      stored("r2", "s", RecordingKind::kHumming, "chad/g/1/-a"),     // no extension at all
      stored("r3", "s", RecordingKind::kHumming, "chad/g/1/-a.c")};  // none that is known
  const auto data = build_groups(
      {row("g", "-a.b", RecordingKind::kOriginal, {20, 30}), row("g", "-a", RecordingKind::kHumming, {0, 10}),
       row("g", "-a.c", RecordingKind::kHumming, {0, 9})},
      store, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_THAT(recordings_of(data.groups[0]), ElementsAre("r1", "r2", "r3"));
}

TEST(GroupDataset, AllFragmentsOfASongAreHeldOutTogether) {
  // The first fragment's original is filed under song1, the second's under song2: the table says they are
  // one.
  const std::vector<FragmentRow> rows = {chad_row("g", "2", "YT2", RecordingKind::kCover, {0, 5}),
                                         chad_row("g", "1", "YT1", RecordingKind::kOriginal, {0, 5}),
                                         chad_row("g", "1", "YT2", RecordingKind::kCover, {0, 5}),
                                         row("g", "o2", RecordingKind::kOriginal, {0, 5})};
  std::vector<FragmentRow> numbered = rows;
  numbered[3].fragment_id = "2";
  for (const char* held_out : {"song1", "song2"}) {
    const auto data = build_groups(numbered, kStore, kRate, {},
                                   {.use_song = [&](const std::string& song) { return song != held_out; }});
    EXPECT_EQ(data.groups.size(), held_out == std::string("song1") ? 0u : 2u);
    for (const FragmentGroup& group : data.groups) EXPECT_EQ(group.song_id, "song1");
    ASSERT_EQ(data.held_out.size(), 2 - data.groups.size());
    for (const FragmentGroup& group : data.held_out) EXPECT_EQ(group.fragments.size(), 2u);
  }
}

TEST(GroupDataset, AHumWithoutAnIntervalIsAllOfItsRecording) {
  constexpr double kEnd = std::numeric_limits<double>::infinity();
  const auto data = build_groups({row("g", "o1", RecordingKind::kOriginal, {20, 30}),
                                  row("g", "h1", RecordingKind::kHumming, {0, kEnd})},
                                 kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_EQ(data.groups[0].fragments[1].interval, (TimeInterval{0, 60}));
  EXPECT_DOUBLE_EQ(data.groups[0].fragments[1].to_recording_s(5), 30);
  EXPECT_EQ(data.counts.cut_fragments, 0);
}

TEST(GroupDataset, TheSameRowTwiceIsOneFragment) {
  const auto hum = row("g", "h1", RecordingKind::kHumming, {0, 9});
  auto again = hum, elsewhere = hum;
  again.id = "the same file by its path";
  again.path = "hums/h1.flac";
  again.interval = {0.01, 9.01};  // rounded by somebody
  elsewhere.interval = {9, 18};   // hummed twice in one recording
  const auto original = row("g", "o1", RecordingKind::kOriginal, {20, 30});
  auto data = build_groups({original, hum, hum, again, elsewhere, original}, kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_THAT(recordings_of(data.groups[0]), ElementsAre("o1", "h1", "h1"));
  EXPECT_EQ(data.counts.repeated_fragments, 3);
  EXPECT_THAT(data.counts.summary(), HasSubstr("3 fragments that repeat another"));
  data = build_groups({hum, hum}, kStore, kRate);
  EXPECT_TRUE(data.groups.empty());  // a clip is no positive of itself
  EXPECT_EQ(data.counts.small_groups, 1);
}

// Recordings are 60 s long.
TEST(GroupDataset, WhatLiesPastTheEndOfARecordingIsCutFromTheWholeGroup) {
  const auto data = build_groups(
      {row("g", "o1", RecordingKind::kOriginal, {20, 30}), row("g", "c1", RecordingKind::kCover, {50, 62.5}),
       row("g", "h1", RecordingKind::kHumming, {0, 8})},
      kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  const FragmentGroup& group = data.groups[0];
  EXPECT_EQ(data.counts.cut_fragments, 1);
  EXPECT_THAT(data.counts.summary(), HasSubstr("1 fragments cut at the end of their recording"));
  EXPECT_DOUBLE_EQ(group.duration_s, 8);  // 10 of 12.5 s of the cover are there
  EXPECT_EQ(group.fragments[0].interval, (TimeInterval{20, 28}));
  EXPECT_EQ(group.fragments[1].interval, (TimeInterval{50, 60}));
  EXPECT_DOUBLE_EQ(group.fragments[2].interval.end_s, 6.4);
  EXPECT_DOUBLE_EQ(group.fragments[2].to_recording_s(5), 4);  // who is aligned with whom stays
}

TEST(GroupDataset, TheOriginalsEndCutsTheGroup) {
  const auto data = build_groups(
      {row("g", "o1", RecordingKind::kOriginal, {54, 64}), row("g", "h1", RecordingKind::kHumming, {0, 20})},
      kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_DOUBLE_EQ(data.groups[0].duration_s, 6);
  EXPECT_EQ(data.groups[0].fragments[1].interval, (TimeInterval{0, 12}));
}

TEST(GroupDataset, AFragmentOfWhichLessThanHalfIsThereIsLeftOut) {
  const auto data = build_groups(
      {row("g", "o1", RecordingKind::kOriginal, {20, 30}), row("g", "c1", RecordingKind::kCover, {56, 66}),
       row("g", "h1", RecordingKind::kHumming, {0, 8}), row("g2", "o2", RecordingKind::kOriginal, {50, 1060}),
       row("g2", "c1", RecordingKind::kCover, {0, 10})},
      kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_THAT(recordings_of(data.groups[0]), ElementsAre("o1", "h1"));
  EXPECT_DOUBLE_EQ(data.groups[0].duration_s, 10);
  EXPECT_EQ(data.counts.outside_fragments, 2);
  EXPECT_EQ(data.counts.cut_fragments, 0);
  EXPECT_EQ(data.counts.small_groups, 1);
}

TEST(GroupDataset, RoundedSecondsAreNoCut) {
  const auto data = build_groups({row("g", "o1", RecordingKind::kOriginal, {50, 60.02}),
                                  row("g", "h1", RecordingKind::kHumming, {0, 8})},
                                 kStore, kRate);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_DOUBLE_EQ(data.groups[0].duration_s, 10.02);
  EXPECT_EQ(data.groups[0].fragments[0].interval.end_s, 60);
  EXPECT_EQ(data.counts.cut_fragments, 0);
}

TEST(GroupDataset, ACutFollowsTheTimeMap) {
  // The hum sings the first half twice as slowly as the second; its recording ends within the second.
  const Truth truth(
      std::vector<TruthRow>{{"song1", "o1", "h1", RecordingKind::kHumming, {20, 25}, {46, 56}, 0},
                            {"song1", "o1", "h1", RecordingKind::kHumming, {25, 30}, {56, 61}, 0}});
  const auto data = build_groups(
      {row("g", "o1", RecordingKind::kOriginal, {20, 30}), row("g", "h1", RecordingKind::kHumming, {46, 61})},
      kStore, kRate, truth);
  ASSERT_EQ(data.groups.size(), 1u);
  EXPECT_DOUBLE_EQ(data.groups[0].duration_s, 9);
  EXPECT_EQ(data.counts.cut_fragments, 1);
}

}  // namespace
}  // namespace melomine::datasets
