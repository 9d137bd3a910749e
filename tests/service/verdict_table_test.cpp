#include "service/verdict_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/atomic_file.h"
#include "core/error.h"
#include "evaluation/query_table.h"
#include "service/http_error.h"
#include "service/hum_store.h"
#include "tests/support/temp_folder.h"

namespace melomine::service {
namespace {

using evaluation::MatchQueriesWith;
using melomine::testing::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<evaluation::ReferenceEntry> references(const std::vector<std::string>& ids) {
  std::vector<evaluation::ReferenceEntry> entries;
  for (const std::string& id : ids)
    entries.push_back({.reference_id = id, .path = {}, .also = {}, .table = {}});
  return entries;
}

TEST(VerdictTable, IsAQueryTableOfEvaluation) {
  const TempFolder folder;
  VerdictTable verdicts(folder.path(), 10);
  const std::string hostile = "a \"quoted\", id\nof two lines";
  verdicts.judge("0000000000000001", ".wav", "RIFF", "song-1");
  verdicts.judge("0000000000000002", ".bin", "?", std::nullopt);
  verdicts.judge("0000000000000003", ".ogg", "OggS", hostile);
  const auto table = evaluation::read_queries(folder / kVerdictsFile, MatchQueriesWith::kReferences,
                                              references({"song-1", hostile}));
  ASSERT_EQ(table.queries.size(), 2U);
  EXPECT_EQ(table.queries[0].reference_id, "song-1");
  EXPECT_EQ(read_file(table.queries[0].path), "RIFF");
  EXPECT_EQ(table.queries[1].reference_id, hostile);
  EXPECT_THAT(table.left_out, ElementsAre("hums/0000000000000002.bin"));
}

TEST(VerdictTable, ASecondVerdictReplacesTheFirst) {
  const TempFolder folder;
  VerdictTable verdicts(folder.path(), 10);
  verdicts.judge("0000000000000001", ".wav", "RIFF", std::nullopt);
  verdicts.judge("0000000000000001", ".wav", "RIFF", "song-2");
  EXPECT_EQ(verdicts.size(), 1);
  EXPECT_EQ(read_file(folder / kVerdictsFile),
            "query,reference_id,group\nhums/0000000000000001.wav,song-2,\n");
}

TEST(VerdictTable, GoesOnWithWhatIsThere) {
  const TempFolder folder;
  VerdictTable(folder.path(), 10).judge("0000000000000001", ".wav", "RIFF", "song-1");
  VerdictTable verdicts(folder.path(), 2);
  EXPECT_EQ(verdicts.size(), 1);
  verdicts.judge("0000000000000002", ".wav", "RIFF", "song-1");
  EXPECT_EQ(verdicts.size(), 2);
  try {
    verdicts.judge("0000000000000003", ".wav", "RIFF", "song-1");
    FAIL() << "a third hum was kept";
  } catch (const HttpError& error) {
    EXPECT_EQ(error.status(), 507);
    EXPECT_THAT(error.what(), HasSubstr("--most-kept"));
  }
  verdicts.judge("0000000000000002", ".wav", "RIFF", std::nullopt);  // one that is there takes no room
}

TEST(VerdictTable, AnotherTableIsLeftAlone) {
  const TempFolder folder;
  write_file_atomically(folder / kVerdictsFile, "query,reference_id\na.wav,b\n");
  EXPECT_THROW(VerdictTable(folder.path(), 10), DataError);
  EXPECT_EQ(read_file(folder / kVerdictsFile), "query,reference_id\na.wav,b\n");
}

TEST(HumStore, TheOldestMakesRoom) {
  HumStore hums(3, 100);
  const auto hum = [](size_t bytes) {
    return SearchedHum{.bytes = std::string(bytes, 'x'), .kind = {}, .song_ids = {}};
  };
  const std::string first = hums.add(hum(10)), second = hums.add(hum(10)), third = hums.add(hum(10));
  EXPECT_NE(hums.find(first), nullptr);
  const auto held = hums.find(first);
  const std::string fourth = hums.add(hum(10));
  EXPECT_EQ(hums.find(first), nullptr);
  EXPECT_EQ(held->bytes.size(), 10U);  // who has it may go on
  const std::string large = hums.add(hum(1000));
  EXPECT_EQ(hums.find(fourth), nullptr);
  EXPECT_NE(hums.find(large), nullptr);
  EXPECT_EQ(hums.find("../../etc/passwd"), nullptr);
}

}  // namespace
}  // namespace melomine::service
