#include "layouts/list_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::vector<std::pair<int, std::string>> lines_of(const std::string& content) {
  const MadeTree tree;
  tree.write("list", content);
  std::vector<std::pair<int, std::string>> lines;
  for_each_line(tree.path("list"), [&](int line, std::string_view text) { lines.emplace_back(line, text); });
  return lines;
}

TEST(ListFile, LinesEndAsTheyDoOnAnySystem) {
  for (const char* end : {"\n", "\r\n", "\r"})
    EXPECT_THAT(lines_of(with_line_ends("a\n\n b c\nlast", end)),
                ElementsAre(Pair(1, "a"), Pair(3, " b c"), Pair(4, "last")));
  EXPECT_THAT(lines_of(""), ElementsAre());
  EXPECT_THAT(lines_of("a\r\r\nb"), ElementsAre(Pair(1, "a"), Pair(3, "b")));
}

TEST(ListFile, LinesAreWholeWhereverABlockEnds) {
  // Blocks are of 2^20 bytes: the CR of a CRLF is the last byte of one, then the LF of another is.
  for (const size_t length : {(1u << 20) - 1, (1u << 20) - 2, (1u << 20)}) {
    const std::string first(length, 'a');
    const auto lines = lines_of(first + "\r\nb\r\nc");
    ASSERT_EQ(lines.size(), 3u) << length;
    EXPECT_EQ(lines[0].second.size(), length);
    EXPECT_THAT(lines[1], Pair(2, "b"));
    EXPECT_THAT(lines[2], Pair(3, "c"));
  }
}

TEST(ListFile, ThatIsUtf16OrNotThereIsAnError) {
  EXPECT_THAT(refusal([] {
                lines_of(
                    std::string("\xFF\xFE"
                                "a\0",
                                4));
              }),
              HasSubstr("list: is UTF-16"));
  const MadeTree tree;
  EXPECT_THAT(refusal([&] { for_each_line(tree.path("none"), [](int, std::string_view) {}); }),
              HasSubstr("none: cannot be read"));
  EXPECT_THAT(refusal([&] { for_each_line(tree.path(), [](int, std::string_view) {}); }),
              HasSubstr("cannot be read"));
}

TEST(ListFile, ValuesBetweenTabsKeepQuotesAndForeignBytes) {
  const MadeTree tree;
  tree.write("list", "1\t \"quoted\" \t\xB0\xA1\n2\t\n");
  const auto rows = read_tab_rows(tree.path("list"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0].values, ElementsAre("1", "\"quoted\"", "\xB0\xA1"));
  EXPECT_THAT(rows[1].values, ElementsAre("2", ""));
}

TEST(ListFile, CsvTakesPaddedQuotesAndLinesInThem) {
  const MadeTree tree;
  tree.write("list", with_line_ends("a , \"b, \"\"c\"\"\" ,d\n, ,\nz, \"two\nlines\" ,é\nlast", "\r"));
  Checklist checklist;
  const auto rows = read_csv_rows(tree.path("list"), checklist);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0].values, ElementsAre("a", "b, \"c\"", "d"));
  EXPECT_THAT(rows[1].values, ElementsAre("z", "two\rlines", "é"));
  EXPECT_EQ(rows[1].line, 3);
  EXPECT_EQ(rows[2].line, 5);
  EXPECT_EQ(checklist.unread_rows, 0);
}

TEST(ListFile, CsvOfAnOpenQuoteLosesThatRowAlone) {
  const MadeTree tree;
  tree.write("list", "a,b\nx,\"open\nz,w\n");
  Checklist checklist;
  const auto rows = read_csv_rows(tree.path("list"), checklist);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[1].values, ElementsAre("z", "w"));
  EXPECT_EQ(rows[1].line, 3);
  ASSERT_EQ(checklist.unread_rows, 1);
  EXPECT_THAT(checklist.unread[0], HasSubstr("list: line 2: a quote is opened"));
}

TEST(ListFile, CsvMayBeOfSemicolonsAndOfLatin1) {
  const MadeTree tree;
  tree.write("list", "Query ID;Class label\nq1;caf\xE9, bar\n");
  Checklist checklist;
  const HeadedList list(tree.path("list"), checklist);
  ASSERT_EQ(list.rows().size(), 1u);
  EXPECT_EQ(list.rows()[0].values[1], "caf\xEF\xBF\xBD, bar");
}

TEST(ListFile, ColumnsAreFoundHoweverTheyAreWritten) {
  const MadeTree tree;
  tree.write("list.csv", " Class label ,File_Name,\na,b,c\nshort\n");
  Checklist checklist;
  const HeadedList list(tree.path("list.csv"), checklist);
  EXPECT_EQ(list.require({"class_label"}), 0u);
  EXPECT_EQ(list.require({"none", "filename"}), 1u);
  EXPECT_EQ(list.column({"label"}), std::nullopt);
  EXPECT_THAT(refusal([&] {
                list.require({"Song", "Title"});
              }),
              HasSubstr("list.csv: line 1: lacks the column 'Song'; it has: Class label, File_Name"));
  ASSERT_EQ(checklist.unread_rows, 1);
  EXPECT_THAT(checklist.unread[0], HasSubstr("list.csv: line 3: has 1 values, the header names 2 columns"));
  tree.write("empty.csv", "\n");
  EXPECT_THAT(refusal([&] { HeadedList(tree.path("empty.csv"), checklist); }),
              HasSubstr("empty.csv: is empty"));
}

}  // namespace
}  // namespace melomine::layouts
