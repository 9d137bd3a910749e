#include "regeneration/wanted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/regeneration/made_table.h"

namespace melomine::regeneration {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MadeTable;
using ::testing::Not;
using testing::refusal;

TEST(Wanted, FragmentsAreGatheredByRecording) {
  const MadeTable made(
      "g,1,a,original,-O_1234567x,\"(10, 26)\",1.0,False,True,16\n"
      "g,1,b,cover,C,\"(3.5, 19.25)\",0.9,False,True,15.75\n"
      "g,1,h,humming,,,,False,True,15\n"
      "g,2,c,original,-O_1234567x,\"(90, 105)\",1.0,False,True,15\n");
  const WantedFragments wanted = read_wanted(made.table());
  ASSERT_EQ(wanted.sources.size(), 3u);
  EXPECT_EQ(wanted.sources[0].id, "-O_1234567x");
  EXPECT_THAT(wanted.sources[0].rows, ElementsAre(0, 3));
  EXPECT_EQ(wanted.sources[0].end_s, 105);
  EXPECT_EQ(wanted.sources[1].id, "C");
  EXPECT_FALSE(wanted.sources[1].is_archived);
  EXPECT_EQ(wanted.sources[2].id, "g/1/h");
  EXPECT_TRUE(wanted.sources[2].is_archived);
  EXPECT_TRUE(wanted.ids_are_unique);
  EXPECT_EQ(fragment_path(wanted.rows[3]), "g/2/c.flac");
}

TEST(Wanted, ARecordingWithoutAnIdOfYouTubeGoesByItsOwn) {
  const testing::MadeTable made("");
  write_file_atomically(made.table(),
                        "group_id,fragment_id,id,audio_type,youtube_id,interval,recording_id\n"
                        "s1,r01_02,x,original,,\"(1, 9)\",s1_original\n"
                        "s1,r01_02,y,humming,,\"(0, 8)\",s1_hum\n"
                        "s1,r01_02,z,cover,tube,\"(0, 8)\",s1_cover\n");
  const WantedFragments wanted = read_wanted(made.table());
  EXPECT_EQ(wanted.sources[0].id, "s1_original");
  EXPECT_EQ(wanted.sources[1].id, "s1_hum");
  EXPECT_FALSE(wanted.sources[1].is_archived);
  EXPECT_EQ(wanted.sources[2].id, "tube");
  EXPECT_EQ(wanted.sources[2].other_id, "s1_cover");
}

TEST(Wanted, RowsSaidTwiceCountOnceAndContradictionsAreNamedByLine) {
  const MadeTable twice(
      "g,1,a,original,O,\"(10, 26)\",1.0,False,True,16\n"
      "g,1,a,original,O,\"(10, 26)\",1.0,False,True,16\n"
      "g,2,a,original,O,\"(30, 46)\",1.0,False,True,16\n");
  const WantedFragments wanted = read_wanted(twice.table());
  EXPECT_EQ(wanted.rows.size(), 2u);
  EXPECT_EQ(wanted.repeated, 1);
  EXPECT_FALSE(wanted.ids_are_unique);
  const MadeTable other(
      "g,1,a,original,O,\"(10, 26)\",1.0,False,True,16\n"
      "g,1,a,original,O,\"(11, 26)\",1.0,False,True,16\n");
  EXPECT_THAT(refusal([&] { read_wanted(other.table()); }),
              HasSubstr("dataset.csv: line 3: id 'a' of group g names another fragment in line 2"));
}

TEST(Wanted, NamesThatAreNoFilesAreRefusedTogether) {
  const MadeTable made(
      "../g,1,a,original,O,\"(10, 26)\",1.0,False,True,16\n"
      "g,..,a,original,O,\"(10, 26)\",1.0,False,True,16\n"
      "g,1,/etc/passwd,original,O,\"(10, 26)\",1.0,False,True,16\n"
      "g,1,b,original,=1+1,\"(10, 26)\",1.0,False,True,16\n"
      "g,1,\"c\nd\",original,O,\"(10, 26)\",1.0,False,True,16\n"
      "g,1,,original,O,\"(10, 26)\",1.0,False,True,16\n");
  const std::string told = refusal([&] { read_wanted(made.table()); });
  EXPECT_THAT(told, HasSubstr("line 2: group_id '../g' has a slash"));
  EXPECT_THAT(told, HasSubstr("line 3: fragment_id '..' is a folder"));
  EXPECT_THAT(told, HasSubstr("line 4: id '/etc/passwd' has a slash"));
  EXPECT_THAT(told, HasSubstr("line 5: youtube_id '=1+1' begins with '=', a formula to spreadsheets"));
  EXPECT_THAT(told, HasSubstr("line 6: id 'c\nd' has a control character"));
  EXPECT_THAT(told, HasSubstr("line 8: id '' is empty"));
  EXPECT_EQ(fault_of_name("-a.b_c"), "");
  EXPECT_NE(fault_of_name(std::string(201, 'a')), "");
}

TEST(Wanted, OnlyTheFirstOfManyFaultsAreTold) {
  std::string rows;
  for (int i = 0; i < 50; ++i)
    rows += "g,1,a/" + std::to_string(i) + ",original,O,\"(10, 26)\",1,False,True,16\n";
  const MadeTable made(rows);
  const std::string told = refusal([&] { read_wanted(made.table()); });
  EXPECT_THAT(told, HasSubstr("line 21: "));
  EXPECT_THAT(told, Not(HasSubstr("line 22: ")));
  EXPECT_THAT(told, HasSubstr("… 30 more faults"));
}

TEST(Wanted, FaultyTablesAreNamedByLine) {
  const auto told = [](const std::string& rows) {
    const MadeTable made(rows);
    return refusal([&] { read_wanted(made.table()); });
  };
  EXPECT_THAT(told("g,1,a,original,O,\"(-1, 26)\",1,False,True,16\n"), HasSubstr("dataset.csv: line 2: "));
  EXPECT_THAT(told("g,1,a,original,O,\"(9; 26)\",1,False,True,16\n"), HasSubstr("interval must be a tuple"));
  EXPECT_THAT(told("g,1,a,original,O,\"(26, 9)\",1,False,True,16\n"), HasSubstr("0 <= start < end"));
  EXPECT_THAT(told("g,1,a,dance,O,\"(2, 9)\",1,False,True,16\n"), HasSubstr("line 2"));
  EXPECT_THAT(told(""), HasSubstr("has no rows"));
}

}  // namespace
}  // namespace melomine::regeneration
