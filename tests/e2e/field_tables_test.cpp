#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/audio_shard.h"
#include "tests/e2e/tiny_experiment.h"
#include "tests/support/wav_file.h"

namespace melomine {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_melomine;
using testing::TempFolder;

/// A folder with one song's sound, and a songs table that is given as it is.
class E2eSongsTable : public ::testing::Test {
 protected:
  E2eSongsTable() { testing::write_wav(folder_ / "a.wav", testing::sine(220, 1)); }

  testing::CommandResult ingest(const std::string& table) const {
    write_file_atomically(folder_ / "songs.csv", table);
    return run_melomine({"ingest", folder_ / "songs.csv", "--out", folder_ / "shards"});
  }
  void expect_refusal(const std::string& table, const std::string& message) const {
    const auto result = ingest(table);
    EXPECT_EQ(result.status, 1) << result.output;
    EXPECT_THAT(result.output, HasSubstr("songs.csv: " + message));
  }
  TempFolder folder_;
};

TEST_F(E2eSongsTable, FromASpreadsheetIsIngestedThoughItHasEmptyColumnsAndRows) {
  const auto result =
      ingest("recording_id,song_id,kind,path,title,,\r\n1,s1,original,a.wav,x,,\r\n,,,,,,\r\n,,,,\r\n");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(run_melomine({"inspect", folder_ / "shards", "--recordings"}).output,
              HasSubstr("\"title\":\"x\""));
}

TEST_F(E2eSongsTable, InAnotherEncodingIsRefusedByName) {
  const std::string header = "recording_id,song_id,kind,path,title\n";
  expect_refusal(header + "1,s1,original,a.wav,Caf\xE9\n", "line 2, byte 24: 0xE9 is not UTF-8 text");
  std::string utf16 = "\xFF\xFE";
  for (const char c : header) utf16 += {c, '\0'};
  expect_refusal(utf16, "is UTF-16");
  expect_refusal("recording_id,song_id,kind,path\r1,s1,original,a.wav\r", "line 1: lines end in CR only");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "shards"));
}

TEST(E2eNames, ThatAreNotUtf8DoNotEndACommand) {
  const TempFolder folder;
  const std::string latin1 = "Caf\xE9";
  std::filesystem::create_directories(folder / "refs");
  testing::write_wav(folder / ("refs/" + latin1 + ".wav"), testing::sine(220, 3));
  testing::write_wav(folder / "refs/b.wav", testing::sine(330, 3));
  write_file_atomically(folder / "refs/._b.wav", "what macOS leaves");
  write_file_atomically(folder / "q.csv", "query,reference_id\nrefs/b.wav,b\n");
  const auto result = run_melomine(
      {"evaluate", "--queries", folder / "q.csv", "--references", folder / "refs", "--out", folder / "out"});
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("2 references"));
  EXPECT_TRUE(std::filesystem::exists(folder / "out/report.json"));

  datasets::AudioShardWriter writer(folder / datasets::shard_file_name(0), 16000);
  writer.append(std::vector<int16_t>(16000, 100));
  datasets::StoredRecording stored;
  stored.recording.recording_id = "r";
  stored.recording.song_id = "s";
  stored.recording.path = "a.wav";
  stored.recording.title = latin1;
  writer.finish_recording(stored);
  writer.commit();
  const auto shown = run_melomine({"inspect", folder / datasets::shard_file_name(0), "--recordings"});
  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.output, AllOf(HasSubstr("Caf\xEF\xBF\xBD"), Not(HasSubstr("json.exception"))));
}

}  // namespace
}  // namespace melomine
