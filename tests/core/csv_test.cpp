#include "core/csv.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/error.h"

namespace melomine {
namespace {

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DataError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Csv, ReadsQuotesBreaksAndByteOrderMark) {
  const auto table = CsvTable::parse(
      "\xEF\xBB\xBFid,interval\r\na,\"(20.25, 36.5)\"\r\nb,\"two\nlines \"\"x\"\"\"\n", "t.csv");
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table.columns()[0], "id");
  EXPECT_EQ(table.text(0, "interval"), "(20.25, 36.5)");
  EXPECT_EQ(table.text(1, "interval"), "two\nlines \"x\"");
  EXPECT_EQ(table.line(1), 3);
}

TEST(Csv, LinesWrittenReadBack) {
  const std::vector<std::string> values = {"plain", "a,b", "say \"x\"", "", "two\nlines"};
  const auto table = CsvTable::parse("a,b,c,d,e\n" + csv_line(values), "t.csv");
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(table.text(0, table.columns()[i]), values[i]);
}

TEST(Csv, ErrorsNameFileAndLine) {
  EXPECT_EQ(message_of([] { CsvTable::parse("", "t.csv"); }),
            "t.csv: is empty; the first line must name the columns");
  EXPECT_EQ(message_of([] { CsvTable::parse("a,b\n1,2\n3\n", "t.csv"); }),
            "t.csv: line 3: has 1 values, the header names 2 columns");
  EXPECT_EQ(message_of([] { CsvTable::parse("a,b\n1,\"2\n", "t.csv"); }),
            "t.csv: line 2: a quote is opened and never closed");
  EXPECT_EQ(message_of([] { CsvTable::parse("a,a\n1,2\n", "t.csv"); }),
            "t.csv: line 1: column 'a' appears twice");
  EXPECT_EQ(message_of([] { CsvTable::parse("a,b\n", "t.csv").require({"song_id"}); }),
            "t.csv: line 1: lacks the column 'song_id'; it has: a, b");
  EXPECT_EQ(message_of([] { CsvTable::parse("a\nnan\n", "t.csv").number(0, "a"); }),
            "t.csv: line 2: a = 'nan' is not a number");
  EXPECT_EQ(message_of([] { CsvTable::parse("a\n\n\nperhaps\n", "t.csv").boolean(0, "a"); }),
            "t.csv: line 4: a = 'perhaps' is neither True nor False");
}

TEST(Csv, WholeNumbersMayBeWrittenAsPandasWritesThem) {
  const auto table = CsvTable::parse("round,time\n2.0,1731000000000000001\n-3,1.5\n", "t.csv");
  EXPECT_EQ(table.integer(0, "round"), 2);
  EXPECT_EQ(table.integer(1, "round"), -3);
  EXPECT_EQ(table.integer(0, "time"), 1731000000000000001);  // exact, never through a double
  EXPECT_EQ(message_of([&] { table.integer(1, "time"); }),
            "t.csv: line 3: time = '1.5' is not a whole number");
}

}  // namespace
}  // namespace melomine
