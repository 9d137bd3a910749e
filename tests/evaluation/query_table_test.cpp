#include "evaluation/query_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::evaluation {
namespace {

class QueryTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a.wav", "b.wav", "c.wav", "r1.mid", "r2.mid"}) write(name, "x");
  }
  std::filesystem::path write(const std::string& name, const std::string& content) {
    write_file_atomically(folder_ / name, content);
    return folder_ / name;
  }
  std::vector<ReferenceEntry> references() {
    return read_references({write("refs.csv", "reference_id,path\none,r1.mid\ntwo,r2.mid\n")}).entries;
  }
  /// The message of the DataError with which the queries are refused.
  std::string refusal(const std::string& content, MatchQueriesWith match) {
    try {
      read_queries(write("q.csv", content), match, references());
    } catch (const DataError& e) {
      return e.what();
    }
    return "nothing was thrown";
  }
  std::string reference_refusal(const std::string& content) {
    try {
      read_references({write("refs.csv", content)});
    } catch (const DataError& e) {
      return e.what();
    }
    return "nothing was thrown";
  }
  testing::TempFolder folder_;
};

using ::testing::AllOf;
using ::testing::HasSubstr;
constexpr auto kRefs = MatchQueriesWith::kReferences;
constexpr auto kEach = MatchQueriesWith::kEachOther;

TEST_F(QueryTableTest, ReadsQueriesOfReferences) {
  const QueryTable table =
      read_queries(write("q.csv", "query,reference_id\na.wav,two\nb.wav,one\n"), kRefs, references());
  ASSERT_EQ(table.queries.size(), 2u);
  EXPECT_EQ(table.queries[0].reference_id, "two");
  EXPECT_EQ(table.queries[0].path, folder_ / "a.wav");
  EXPECT_THAT(table.queries[1].table, HasSubstr("q.csv: line 3"));
}

TEST_F(QueryTableTest, LeavesOutQueriesOfAGroupWithoutReference) {
  const std::string content = "query,group,reference_id\na.wav,x,one\nb.wav,y,\nc.wav,y,\n";
  const QueryTable table = read_queries(write("q.csv", content), kRefs, references());
  EXPECT_EQ(table.queries.size(), 1u);
  EXPECT_EQ(table.left_out, (std::vector<std::string>{"b.wav", "c.wav"}));
}

TEST_F(QueryTableTest, NamesTheLine) {
  EXPECT_THAT(refusal("query,reference_id\na.wav,one\nb.wav,three\n", kRefs),
              AllOf(HasSubstr("q.csv: line 3"), HasSubstr("'three'")));
  EXPECT_THAT(refusal("query,reference_id\na.wav,one\nb.wav,\n", kRefs),
              AllOf(HasSubstr("q.csv: line 3"), HasSubstr("neither a reference_id nor a group")));
  EXPECT_THAT(refusal("query,reference_id\na.wav,one\na.wav,two\n", kRefs),
              AllOf(HasSubstr("q.csv: line 3"), HasSubstr("before, in line 2")));
  EXPECT_THAT(refusal("query,reference_id\na.wav,one\nz.wav,two\n", kRefs),
              AllOf(HasSubstr("q.csv: line 3"), HasSubstr("no such file"), HasSubstr("z.wav")));
  EXPECT_THAT(refusal("query,group\na.wav,x\nb.wav,y\nc.wav,x\n", kEach),
              AllOf(HasSubstr("q.csv: line 3"), HasSubstr("only query of group 'y'")));
}

TEST_F(QueryTableTest, FurtherAnswersMustBeThere) {
  EXPECT_THAT(refusal("query,reference_id,also\na.wav,one,\nb.wav,one,two; three\n", kRefs),
              AllOf(HasSubstr("q.csv: line 3"), HasSubstr("'three'")));
  EXPECT_THAT(reference_refusal("reference_id,path,also\none,r1.mid,nine\n"),
              AllOf(HasSubstr("refs.csv: line 2"), HasSubstr("'nine'")));
  const QueryTable table =
      read_queries(write("q.csv", "query,reference_id,also\na.wav,one, two ;\n"), kRefs, references());
  EXPECT_EQ(table.queries[0].also, std::vector<std::string>{"two"});
  EXPECT_THROW(read_references({folder_ / "refs.csv"}, {.leave_out = {"one", "two"}}), ConfigError)
      << "nothing is left";
}

TEST_F(QueryTableTest, RefusesTablesWithoutUse) {
  EXPECT_THAT(refusal("query,reference_id\n", kRefs), HasSubstr("no queries"));
  EXPECT_THAT(refusal("query,duration_s\na.wav,3\n", kRefs), HasSubstr("reference_id or a column group"));
  EXPECT_THAT(refusal("query,group\na.wav,x\n", kRefs), HasSubstr("no column reference_id"));
  EXPECT_THAT(refusal("query,reference_id\na.wav,one\n", kEach), HasSubstr("has no group"));
  EXPECT_THAT(reference_refusal("reference_id,path\n"), HasSubstr("no references"));
}

TEST_F(QueryTableTest, ReferenceErrorsNameTheLine) {
  EXPECT_THAT(reference_refusal("reference_id,path\none,r1.mid\none,r2.mid\n"),
              AllOf(HasSubstr("refs.csv: line 3"), HasSubstr("'one' was given before")));
  EXPECT_THAT(reference_refusal("reference_id,path\none,r1.mid\ntwo,r9.mid\n"),
              AllOf(HasSubstr("refs.csv: line 3"), HasSubstr("no such file")));
}

TEST_F(QueryTableTest, FoldersAndSeveralTables) {
  testing::TempFolder other;
  write_file_atomically(other / "song.mid", "x");
  write_file_atomically(other / "notes.txt", "x");
  write_file_atomically(other / "._song.mid", "x");
  references();
  const ReferenceTable all = read_references({folder_ / "refs.csv", other.path()});
  ASSERT_EQ(all.entries.size(), 3u);
  EXPECT_EQ(all.entries[2].reference_id, "song");
  EXPECT_EQ(all.left_out, std::vector<std::string>{other / "notes.txt"});
  EXPECT_THROW(read_references({folder_ / "refs.csv", folder_ / "refs.csv"}), DataError);
}

TEST_F(QueryTableTest, AFolderIsTakenByNameOrContentAndTheRestIsNamed) {
  testing::TempFolder other;
  const std::string midi = "MThd" + std::string("\0\0\0\6\0\0\0\1\0\x60", 10) + "MTrk";
  testing::write_wav(other / "sound without a name", testing::sine(440, 0.2));
  testing::write_wav(other / "b.DAT", testing::sine(440, 0.2));
  write_file_atomically(other / "c", midi);
  write_file_atomically(other / "d.kar", midi);
  write_file_atomically(other / "e.Mid", "broken");
  write_file_atomically(other / "f.AIFF", "broken");
  write_file_atomically(other / "g.mp3", "<html>403</html>");
  write_file_atomically(other / "cover.jpg", "no picture, but no sound either");
  write_file_atomically(other / "readme", "words");
  write_file_atomically(other / "._b.DAT", "of macOS");
  write_file_atomically(other / "._f.wav", "of macOS");
  std::filesystem::create_directory(other / "folder.wav");
  std::filesystem::create_symlink(other / "gone", other / "link");
  std::filesystem::create_symlink(other / "c", other / "m");
  ASSERT_EQ(mkfifo((other / "pipe.wav").c_str(), 0600), 0);
  const ReferenceTable all = read_references({other.path()});
  std::vector<std::string> ids;
  for (const ReferenceEntry& entry : all.entries) ids.push_back(entry.reference_id);
  EXPECT_THAT(ids, ::testing::ElementsAre("b.DAT", "c", "d", "e", "f", "g", "m", "sound without a name"));
  std::vector<std::string> left_out;
  for (const char* name : {"cover.jpg", "folder.wav/", "link", "pipe.wav", "readme"})
    left_out.push_back((other / name).string());
  EXPECT_EQ(all.left_out, left_out);
}

TEST_F(QueryTableTest, ADeadLinkNamedAsAudioIsAReferenceThatIsMissing) {
  testing::TempFolder other;
  write_file_atomically(other / "a.mid", "x");
  for (const char* name : {"b.wav", "c.mid"}) {
    std::filesystem::create_symlink(other / (name[0] == 'b' ? "gone" : name), other / name);
    try {
      read_references({other.path()});
      FAIL() << name;
    } catch (const DataError& e) {
      EXPECT_THAT(e.what(),
                  AllOf(HasSubstr(name), HasSubstr("is a link to no file"), HasSubstr("--keep-going")));
    }
    const ReferenceTable all = read_references({other.path()}, {.broken = BrokenItems::kAreLeftOut});
    ASSERT_EQ(all.entries.size(), 2u);
    EXPECT_EQ(all.entries[1].path, other / name);
    EXPECT_TRUE(all.left_out.empty());
    std::filesystem::remove(other / name);
  }
}

}  // namespace
}  // namespace melomine::evaluation
