#include "regeneration/statement.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "regeneration/split_draw.h"

namespace melomine::regeneration {
namespace {

TEST(AvailabilityStatement, IsAParagraphForAPaper) {
  Availability a;
  a.fragments = {81781, 71234};
  a.recordings = {37124, 30000};
  a.groups = {12000, 10000};
  a.songs = {5494, 5000};
  a.by_kind = {{"cover", {60000, 51000}}, {"original", {16000, 15000}}};
  a.by_split = {{"test", {100, 90}}};
  a.drawn_songs = {{"test", 500}, {"train", 4500}};
  a.hours = 270.04;
  EXPECT_EQ(availability_statement(a, "CHAD", "30 November 2026"),
            "Of the 81,781 fragments of CHAD, 71,234 (87.1 %) could be regenerated on 30 November 2026: "
            "cover 51,000 of "
            "60,000, original 15,000 of 16,000. Recordings that could be had: 30,000 of 37,124 (80.8 %); "
            "groups with "
            "their original and another fragment: 10,000 of 12,000 (83.3 %); songs with such a group: 5,000 "
            "of 5,494 "
            "(91.0 %); 270.0 hours. By split: test 90 of 100. These songs were divided anew: 500 test, 4,500 "
            "train.");
  const auto json = parse_json(availability_json(a, "CHAD", ""));
  EXPECT_EQ(json.at("fragments").at("had"), 71234);
  EXPECT_EQ(json.at("by_kind").at("cover").at("listed"), 60000);
  EXPECT_NE(json.at("statement").get<std::string>().find("could be regenerated: "), std::string::npos);
}

TEST(SplitDraw, DependsOnTheSongAndTheSeedAlone) {
  std::map<std::string, int> counts;
  int moved = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string song = "song" + std::to_string(i);
    const std::string split = drawn_split({.seed = 1, .validation = 0.1, .test = 0.2}, song);
    EXPECT_EQ(split, drawn_split({.seed = 1, .validation = 0.1, .test = 0.2}, song));
    moved += split != drawn_split({.seed = 2, .validation = 0.1, .test = 0.2}, song);
    ++counts[split];
  }
  EXPECT_NEAR(counts["test"], 1000, 100);
  EXPECT_NEAR(counts["validation"], 500, 80);
  EXPECT_EQ(counts["train"] + counts["test"] + counts["validation"], 5000);
  EXPECT_GT(moved, 1000);
}

}  // namespace
}  // namespace melomine::regeneration
