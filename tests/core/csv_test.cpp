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

TEST(Csv, TracesOfASpreadsheetWithoutContentArePassedOver) {
  const auto table = CsvTable::parse("id, title ,,\n1,x,,\n,,,\n2,y,,,,\n \t,,,\n3,z\n",
                                     "t.csv");  // the last rows lose their empty columns
  ASSERT_EQ(table.size(), 3u);
  EXPECT_EQ(table.columns(), (std::vector<std::string>{"id", "title"}));
  for (size_t row = 0; row < 3; ++row) EXPECT_EQ(table.text(row, "title"), std::string(1, "xyz"[row]));
  EXPECT_EQ(table.line(2), 6);
}

TEST(Csv, AColumnWithoutANameIsNoneWhereverItStands) {
  const auto table = CsvTable::parse(",id,,title\n0,a,note,b\n", "t.csv");  // pandas puts its index in front
  EXPECT_EQ(table.text(0, "id"), "a");
  EXPECT_EQ(table.text(0, "title"), "b");
  EXPECT_FALSE(table.has(""));
}

TEST(Csv, ContentBehindTheLastColumnOrALackOfItIsAnError) {
  EXPECT_EQ(message_of([] { CsvTable::parse("a,b\n1,2,3\n", "t.csv"); }),
            "t.csv: line 2: has 3 values, the header names 2 columns");
  EXPECT_EQ(message_of([] { CsvTable::parse("a,,b\n1,\n", "t.csv"); }),
            "t.csv: line 2: has 2 values, the header names 2 columns");
}

TEST(Csv, TruthValuesAreReadAsPythonExcelRAndPandasWriteThem) {
  const auto table = CsvTable::parse("b\nTrue\nTRUE\ntrue\n1\n1.0\nFalse\nFALSE\nfalse\n0\n0.0\n", "t.csv");
  for (size_t row = 0; row < table.size(); ++row) EXPECT_EQ(table.boolean(row, "b"), row < 5) << row;
}

TEST(Csv, NumbersMayBePadded) {
  const auto table = CsvTable::parse("a,b,c\n 0.5, 12 , TRUE\n", "t.csv");
  EXPECT_EQ(table.number(0, "a"), 0.5);
  EXPECT_EQ(table.integer(0, "b"), 12);
  EXPECT_TRUE(table.boolean(0, "c"));
}

TEST(Csv, OtherEncodingsAreNamedWithLineAndByte) {
  EXPECT_EQ(message_of([] { CsvTable::parse("id,title\n1,Caf\xE9\n", "t.csv"); }),
            "t.csv: line 2, byte 6: 0xE9 is not UTF-8 text; save the table as CSV UTF-8");
  EXPECT_EQ(message_of([] { CsvTable::parse("id,title\n1,\"a\nCaf\xE9\"\n", "t.csv"); }),
            "t.csv: line 3, byte 4: 0xE9 is not UTF-8 text; save the table as CSV UTF-8");
  const std::string utf16 = "is UTF-16 (Excel's \"Unicode text\"); save it as CSV UTF-8";
  EXPECT_EQ(message_of([] { CsvTable::parse(std::string("\xFF\xFEi\0d\0", 6), "t.csv"); }),
            "t.csv: " + utf16);
  EXPECT_EQ(message_of([] { CsvTable::parse(std::string("\xFE\xFF\0i\0d", 6), "t.csv"); }),
            "t.csv: " + utf16);
  EXPECT_EQ(message_of([] { CsvTable::parse(std::string("i\0d\0", 4), "t.csv"); }),
            "t.csv: line 1, byte 2: 0x00 is not UTF-8 text (is it UTF-16?); save the table as CSV UTF-8");
}

TEST(Csv, LinesMayEndInCrAndLfButNotInCrAlone) {
  for (const char* content : {"a,b\r\n1,2\r\n", "a,b\r\r\n1,2\r\r\n", "a,b\r\n1,2\r", "a,b\n1,2"}) {
    const auto table = CsvTable::parse(content, "t.csv");
    ASSERT_EQ(table.size(), 1u);
    EXPECT_EQ(table.text(0, "b"), "2");
  }
  EXPECT_EQ(
      message_of([] { CsvTable::parse("a,b\r1,2\r", "t.csv"); }),
      "t.csv: line 1: lines end in CR only; save the table with line ends of Windows (CRLF) or Unix (LF)");
}

TEST(Csv, WhatIsWrittenCanBeRead) {
  const auto table = CsvTable::parse("name\n" + csv_line({"Caf\xE9 \xC3\xA9"}), "t.csv");
  EXPECT_EQ(table.text(0, "name"), "Caf\xEF\xBF\xBD \xC3\xA9");
}

TEST(Csv, InPiecesItIsTheSameTable) {
  std::string text = "id,note\n";
  const size_t rows = 2 * CsvTable::kPieceRows + 3;
  for (size_t row = 0; row < rows; ++row)
    text += csv_line({std::to_string(row), row % 3 == 0 ? "two\nlines" : "one, line"}) +
            ",\n";  // a blank row each
  const auto whole = CsvTable::parse(text, "t.csv");
  ASSERT_EQ(whole.size(), rows);
  size_t row = 0, pieces = 0;
  CsvTable::parse_in_pieces(text, "t.csv", [&](const CsvTable& piece) {
    ++pieces;
    EXPECT_EQ(piece.columns(), whole.columns());
    EXPECT_LE(piece.size(), CsvTable::kPieceRows);
    for (size_t i = 0; i < piece.size(); ++i, ++row) {
      ASSERT_EQ(piece.text(i, "id"), whole.text(row, "id"));
      ASSERT_EQ(piece.text(i, "note"), whole.text(row, "note"));
      ASSERT_EQ(piece.line(i), whole.line(row));
    }
  });
  EXPECT_EQ(row, rows);
  EXPECT_EQ(pieces, 3U);
}

TEST(Csv, AHeaderAloneIsOneEmptyPieceAndAFaultIsToldInItsTurn) {
  size_t pieces = 0, rows = 0;
  const auto count = [&](const CsvTable& piece) {
    piece.require({"a"});
    ++pieces;
    rows += piece.size();
  };
  CsvTable::parse_in_pieces("a\n", "t.csv", count);
  EXPECT_EQ(pieces, 1U);
  std::string text = "a,b\n";
  for (size_t row = 0; row < CsvTable::kPieceRows; ++row) text += "1,2\n";
  pieces = 0;
  EXPECT_EQ(message_of([&] { CsvTable::parse_in_pieces(text + "3\n", "t.csv", count); }),
            "t.csv: line 4098: has 1 values, the header names 2 columns");
  EXPECT_EQ(pieces, 1U);
  EXPECT_EQ(rows, CsvTable::kPieceRows);
  rows = 0;
  CsvTable::parse_in_pieces(text, "t.csv", count);  // a whole piece, and nothing after it
  EXPECT_EQ(rows, CsvTable::kPieceRows);
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
