#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/atomic_file.h"
#include "core/error.h"
#include "datasets/fragment_groups.h"
#include "tests/support/temp_folder.h"

namespace melomine::datasets {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kChadHeader =
    "group_id,fragment_id,id,audio_type,youtube_id,interval,correlation,check_by_crowdsource,is_available,"
    "duration";

class FragmentTable : public ::testing::Test {
 protected:
  std::vector<FragmentRow> read(const std::string& content) {
    write_file_atomically(folder_ / "t.csv", content);
    return read_fragment_table(folder_ / "t.csv");
  }
  std::string error_of(const std::string& content) {
    try {
      read(content);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }
  std::string rewritten(const std::string& content, TableColumns columns) {
    write_fragment_table(folder_ / "copy.csv", read(content), columns);
    return read_file(folder_ / "copy.csv");
  }
  melomine::testing::TempFolder folder_;
};

TEST_F(FragmentTable, ReadsChadsExampleLine) {
  const auto rows = read(std::string(kChadHeader) + "\n" +
                         R"x(g,1,a,cover,C,"(20.25, 36.5)",0.8,False,True,16.25)x" + "\n");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].group_id, "g");
  EXPECT_EQ(rows[0].fragment_id, "1");
  EXPECT_EQ(rows[0].id, "a");
  EXPECT_EQ(rows[0].audio_type, RecordingKind::kCover);
  EXPECT_EQ(rows[0].youtube_id, "C");
  EXPECT_EQ(rows[0].interval, (TimeInterval{20.25, 36.5}));
  EXPECT_EQ(rows[0].correlation, 0.8);
  EXPECT_FALSE(rows[0].check_by_crowdsource);
  EXPECT_TRUE(rows[0].is_available);
  EXPECT_EQ(rows[0].duration_s, 16.25);
  EXPECT_EQ(rows[0].path, "");
}

TEST_F(FragmentTable, RoundTripKeepsEveryByte) {
  const std::string rows = "g,1,a,cover,C,\"(20.25, 36.5)\",0.8,False,True,16.25";
  const std::string chad = std::string(kChadHeader) + "\n" + rows + "\n";
  EXPECT_EQ(rewritten(chad, TableColumns::kChad), chad);
  const std::string with_path = std::string(kChadHeader) + ",path\n" + rows + ",\"hums/a, b.flac\"\n";
  EXPECT_EQ(rewritten(with_path, TableColumns::kChadWithPath), with_path);
  const std::string mined = std::string(kChadHeader) +
                            ",recording_id,round,verdict,model_sha256,config_sha256,source_sha256\n" + rows +
                            ",r7,2,uncertain,aa,bb,cc\n";
  EXPECT_EQ(rewritten(mined, TableColumns::kChadWithProvenance), mined);
}

TEST_F(FragmentTable, RoundTripKeepsEveryNumber) {
  FragmentRow row;
  row.group_id = "a \"quoted\", name";
  row.id = "line\nbreak";
  row.interval = {0.1 + 0.2, 1e6 / 3};
  row.correlation = -1.0 / 3;
  row.duration_s = 1e-9;
  write_fragment_table(folder_ / "t.csv", {row}, TableColumns::kChad);
  const auto copy = read_fragment_table(folder_ / "t.csv");
  ASSERT_EQ(copy.size(), 1u);
  EXPECT_EQ(copy[0].group_id, row.group_id);
  EXPECT_EQ(copy[0].id, row.id);
  EXPECT_EQ(copy[0].interval, row.interval);
  EXPECT_EQ(copy[0].correlation, row.correlation);
  EXPECT_EQ(copy[0].duration_s, row.duration_s);
}

TEST_F(FragmentTable, EmptyOptionalValuesTakeTheirDefaults) {
  const auto rows = read(std::string(kChadHeader) + "\ng,1,h,humming,,\"(0, 8.5)\",,,,\n");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].correlation, 0);
  EXPECT_TRUE(rows[0].is_available);
  EXPECT_EQ(rows[0].duration_s, 8.5);
}

TEST_F(FragmentTable, IntervalsAreReadAsPythonWritesThem) {
  for (const char* interval : {"(10, 26)", "[10, 26]", "(10.0, 26.0)", "( 10 ,26 )", "(1e1, 2.6E+1)",
                               "(np.float64(10.0), np.float64(26.0))", "(numpy.int64(10), 26)"}) {
    const auto rows =
        read(std::string(kChadHeader) + "\ng,1,a,original,O,\"" + interval + "\",1.0,False,True,16\n");
    EXPECT_EQ(rows.at(0).interval, (TimeInterval{10, 26})) << interval;
  }
}

TEST_F(FragmentTable, AHumMayLeaveItsIntervalVideoAndCorrelationOut) {
  const auto rows =
      read(std::string(kChadHeader) + "\ng,1,h,humming,,,,True,True,8.5\ng,1,i,humming,, ,,True,True,\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].interval, (TimeInterval{0, 8.5}));
  EXPECT_EQ(rows[1].interval.start_s, 0);
  EXPECT_TRUE(std::isinf(rows[1].interval.end_s));  // to the end of the recording
  EXPECT_EQ(rows[1].duration_s, 0);
  write_fragment_table(folder_ / "copy.csv", rows, TableColumns::kChad);
  const auto copy = read_fragment_table(folder_ / "copy.csv");
  ASSERT_EQ(copy.size(), 2u);
  EXPECT_EQ(copy[0].interval, rows[0].interval);
  EXPECT_EQ(copy[1].interval, rows[1].interval);
}

TEST_F(FragmentTable, MissingValuesOfRAndPandasAreEmpty) {
  const std::string columns = ",path,recording_id,round,verdict";
  for (const std::string word : {"NA", "NaN", "nan", " NA "}) {
    SCOPED_TRACE(word);
    std::string line = "\ng,1,h,humming";
    for (int i = 0; i < 10; ++i) line += "," + word;
    const auto rows = read(kChadHeader + columns + line + "\n");
    const auto empty = read(kChadHeader + columns + "\ng,1,h,humming,,,,,,,,,,\n");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_TRUE(std::isinf(rows[0].interval.end_s));
    for (const auto columns_written : {TableColumns::kChadWithPath, TableColumns::kChadWithProvenance}) {
      write_fragment_table(folder_ / "a.csv", rows, columns_written);
      write_fragment_table(folder_ / "b.csv", empty, columns_written);
      EXPECT_EQ(read_file(folder_ / "a.csv"), read_file(folder_ / "b.csv"));
    }
  }
  const auto row = read(std::string(kChadHeader) + "\ng,1,a,cover,NA,\"(0, 4)\",NA,NA,NA,NA\n").at(0);
  EXPECT_EQ(row.youtube_id, "");
  EXPECT_EQ(row.duration_s, 4);
  // Names keep what only looks alike, and what a row needs is not made up.
  EXPECT_EQ(read(std::string(kChadHeader) + "\nNA,1,NA,cover,NAN,\"(0, 4)\",,,,\n").at(0).youtube_id, "NAN");
  EXPECT_EQ(read(std::string(kChadHeader) + "\nNA,1,NA,cover,,\"(0, 4)\",,,,\n").at(0).group_id, "NA");
  EXPECT_THAT(error_of(std::string(kChadHeader) + "\ng,1,a,cover,,NA,,,,\n"),
              HasSubstr("line 2: interval is empty"));
}

TEST_F(FragmentTable, OriginalsAndCoversNeedTheirInterval) {
  for (const std::string kind : {"original", "cover"})
    EXPECT_THAT(error_of(std::string(kChadHeader) + "\ng,1,a," + kind + ",O,,1.0,False,True,16\n"),
                HasSubstr("t.csv: line 2: interval is empty; only a row with audio_type humming"));
}

TEST_F(FragmentTable, IsReadAfterExcelAndPandasSavedIt) {
  const auto rows = read(
      ",group_id,fragment_id,id,audio_type,interval,check_by_crowdsource,is_available,round,,\r\n"
      "0,g,1,a,cover,\"(20.25, 36.5)\",FALSE,TRUE,2.0,,\r\n,,,,,,,,,,\r\n");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_FALSE(rows[0].check_by_crowdsource);
  EXPECT_TRUE(rows[0].is_available);
  EXPECT_EQ(rows[0].round, 2);
}

TEST_F(FragmentTable, KnowsTheWordsOfVerdicts) {
  for (const Verdict verdict :
       {Verdict::kNone, Verdict::kRelevant, Verdict::kUncertain, Verdict::kAccepted, Verdict::kRejected}) {
    FragmentRow row;
    row.group_id = "g";
    row.interval = {0, 1};
    row.verdict = verdict;
    write_fragment_table(folder_ / "t.csv", {row}, TableColumns::kChadWithProvenance);
    EXPECT_EQ(read_fragment_table(folder_ / "t.csv").at(0).verdict, verdict);
    EXPECT_EQ(is_match(verdict), verdict != Verdict::kUncertain && verdict != Verdict::kRejected);
  }
  EXPECT_THAT(
      error_of("group_id,fragment_id,id,audio_type,interval,verdict\ng,1,a,cover,\"(0, 1)\",perhaps\n"),
      HasSubstr("t.csv: line 2: unknown verdict 'perhaps'; known: accepted, rejected, relevant, uncertain"));
}

TEST_F(FragmentTable, ErrorsNameFileLineAndValue) {
  const std::string header = std::string(kChadHeader) + "\ng,1,a,cover,C,\"(0, 1)\",0,False,True,1\n";
  EXPECT_THAT(error_of(header + "g,1,a,cover,C,20.25-36.5,0.8,False,True,1\n"),
              AllOf(HasSubstr("t.csv"), HasSubstr("3"), HasSubstr("20.25-36.5")));
  for (const char* interval :
       {"(5, 5)", "(5, 4)", "(-1, 4)", "(nan, 4)", "(1; 4)", "(1, 4", "(1, 2, 3)", "()"})
    EXPECT_THAT(error_of(header + "g,1,a,cover,C,\"" + interval + "\",0.8,False,True,1\n"),
                AllOf(HasSubstr("t.csv"), HasSubstr("3"), HasSubstr(interval)));
  EXPECT_THAT(error_of(header + "g,1,a,whistle,C,\"(0, 1)\",0.8,False,True,1\n"), HasSubstr("whistle"));
  EXPECT_THAT(error_of(header + "g,1,a,cover,C,\"(0, 1)\",0.8,maybe,True,1\n"), HasSubstr("maybe"));
  EXPECT_THAT(error_of(header + ",1,a,cover,C,\"(0, 1)\",0.8,False,True,1\n"), HasSubstr("group_id"));
  EXPECT_THAT(error_of("group_id,id\ng,a\n"), HasSubstr("fragment_id"));
}

}  // namespace
}  // namespace melomine::datasets
