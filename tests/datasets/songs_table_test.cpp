#include "datasets/songs_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine::datasets {
namespace {

using melomine::testing::TempFolder;
using ::testing::HasSubstr;

std::string refusal(const std::string& content) {
  const TempFolder folder;
  write_file_atomically(folder / "songs.csv", content);
  try {
    read_songs_table(folder / "songs.csv");
    return "";
  } catch (const DataError& e) {
    return e.what();
  }
}

TEST(SongsTable, WrittenRowsComeBack) {
  const TempFolder folder;
  const std::vector<Recording> rows = {
      {"r1", "s1", RecordingKind::kOriginal, "audio/a.flac", "A, \"quoted\" title", "Ärtist", "yt_1"},
      {"r2", "s1", RecordingKind::kHumming, "/abs/b.wav", "", "", ""}};
  write_songs_table(folder / "songs.csv", rows);
  const SongsTable table = read_songs_table(folder / "songs.csv");
  ASSERT_EQ(table.recordings.size(), 2u);
  EXPECT_EQ(table.recordings[0].title, rows[0].title);
  EXPECT_EQ(table.recordings[0].youtube_id, "yt_1");
  EXPECT_EQ(table.recordings[1].kind, RecordingKind::kHumming);
  EXPECT_EQ(table.audio_path(table.recordings[0]), folder / "audio/a.flac");
  EXPECT_EQ(table.audio_path(table.recordings[1]), "/abs/b.wav");
}

TEST(SongsTable, ErrorsNameFileAndLine) {
  const std::string head = "recording_id,song_id,kind,path\n";
  EXPECT_EQ(refusal(head + "a,s,original,a.mp3\n"), "");
  EXPECT_THAT(refusal("recording_id,song_id,path\n"), HasSubstr("lacks the column 'kind'"));
  const std::string twice = refusal(head + "a,s,original,a.mp3\nb,s,cover,b.mp3\na,s,cover,c.mp3\n");
  EXPECT_THAT(twice, HasSubstr("songs.csv: line 4: recording_id 'a' appears already in line 2"));
  EXPECT_THAT(refusal(head + "a,s,live,a.mp3\n"),
              HasSubstr("songs.csv: line 2: unknown kind of recording 'live'"));
  EXPECT_THAT(refusal(head + "a,s,original,\n"), HasSubstr("line 2: path is empty"));
  EXPECT_THAT(refusal(head + "a,s,original\n"), HasSubstr("line 2"));
}

TEST(SongsTable, ARecordingMayHaveARowPerRendition) {
  const TempFolder folder;
  write_songs_table(folder / "songs.csv",
                    {{"r", "s", RecordingKind::kCover, "mix.flac", "", "", "", Rendition::kMix},
                     {"r", "s", RecordingKind::kCover, "voice.flac", "", "", "", Rendition::kVocals}});
  const SongsTable table = read_songs_table(folder / "songs.csv");
  ASSERT_EQ(table.recordings.size(), 2u);
  EXPECT_EQ(table.recordings[0].rendition, Rendition::kMix);
  EXPECT_EQ(table.recordings[1].rendition, Rendition::kVocals);
  const std::string head = "recording_id,song_id,kind,path,rendition\n";
  EXPECT_EQ(refusal(head + "a,s,cover,a.mp3,\na,s,cover,v.mp3,vocals\n"), "");
  EXPECT_THAT(refusal(head + "a,s,cover,a.mp3,\na,s,cover,v.mp3,mix\n"),
              HasSubstr("line 3: recording_id 'a' appears already in line 2"));
  EXPECT_THAT(refusal(head + "a,s,cover,a.mp3,mix\na,t,cover,v.mp3,vocals\n"),
              HasSubstr("line 3: the renditions of recording_id 'a' differ in song_id or kind"));
  EXPECT_THAT(refusal(head + "a,s,cover,a.mp3,drums\n"), HasSubstr("known: mix, vocals"));
}

TEST(SongsTable, KindsAreWordsThatReadBack) {
  for (const auto kind : {RecordingKind::kOriginal, RecordingKind::kCover, RecordingKind::kHumming})
    EXPECT_EQ(recording_kind(to_string(kind)), kind);
  EXPECT_THROW(recording_kind("Original"), DataError);
}

}  // namespace
}  // namespace melomine::datasets
