#include "layouts/checklist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layouts/published_set.h"

namespace melomine::layouts {
namespace {

TEST(Checklist, IsASentence) {
  Checklist checklist;
  checklist.parts.push_back({.what = "queries"});
  for (int i = 0; i < 4431; ++i) checklist.tally("hum" + std::to_string(i), i >= 33);
  checklist.parts.push_back({.what = "references"});
  for (int i = 0; i < 48; ++i) checklist.tally("song" + std::to_string(i), true);
  EXPECT_EQ(checklist.text(),
            "4,398 of 4,431 queries, 48 of 48 references; missing: hum0, hum1, hum2, … 30 more");
  EXPECT_EQ(checklist.parts[0].missing.size(), kNamedFirst);
  EXPECT_FALSE(checklist.complete());
  checklist.add_unread("list: line 3: is odd");
  EXPECT_TRUE(checklist.text().ends_with("; 1 row not read: list: line 3: is odd"));
  for (int i = 0; i < 20; ++i) checklist.add_unread("later");
  EXPECT_TRUE(checklist.text().ends_with("; 21 rows not read, the first: list: line 3: is odd"));
  EXPECT_EQ(checklist.unread.size(), kNamedFirst);
}

TEST(Checklist, IsCompleteWhereNothingIsMissing) {
  Checklist checklist;
  checklist.parts.push_back({.what = "queries", .expected = 2, .found = 3});
  EXPECT_TRUE(checklist.complete());
  EXPECT_EQ(checklist.text(), "3 of 2 queries");
  checklist.add_unread("row");
  EXPECT_FALSE(checklist.complete());
}

TEST(Checklist, CountsAreWrittenInThousands) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(1234567), "1,234,567");
}

TEST(PublishedSet, OfTwoIsOneWithTheirNames) {
  PublishedSet a{.queries = {{.id = "1", .group = "g", .right = {"s"}}},
                 .checklist = {.layout = "A", .root = "a", .parts = {{.what = "queries", .expected = 1}}}};
  PublishedSet b = a;
  b.checklist.layout = "B";
  for (int i = 0; i < 12; ++i) b.checklist.add_unread("row");
  prefix_ids(b, "b/");
  append(a, b);
  ASSERT_EQ(a.queries.size(), 2u);
  EXPECT_EQ(a.queries[1].id, "b/1");
  EXPECT_EQ(a.queries[1].group, "b/g");
  EXPECT_EQ(a.queries[1].right, std::vector<std::string>{"b/s"});
  EXPECT_EQ(a.checklist.layout, "A and B");
  EXPECT_EQ(a.checklist.parts[1].what, "queries of B");
  EXPECT_EQ(a.checklist.unread_rows, 12);
}

}  // namespace
}  // namespace melomine::layouts
