#include "cli/option_binder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"

namespace melomine::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Room {
  double size_m = 4;
  bool tiled = false;
};
void bind(configs::Binder& b, Room& c) {
  b.number("size_m", c.size_m, configs::between(1, 50), "between walls, m");
  b.boolean("tiled", c.tiled, "hard walls");
}

struct Concert {
  int64_t songs = 3;
  double rate = 0.5;
  std::string key = "major";
  std::filesystem::path folder;
  std::vector<double> shares{0.6, 0.4};
  std::vector<std::string> voices;
  Room room;
};
void bind(configs::Binder& b, Concert& c) {
  b.integer("songs", c.songs, configs::at_least(1), "how many");
  b.number("rate", c.rate, configs::above(0), "of songs");
  b.choice("key", c.key, {"major", "minor"}, "of all songs");
  b.path("folder", c.folder, "where it is kept");
  b.numbers("shares", c.shares, configs::between(0, 1), "of singers");
  b.texts("voices", c.voices, "who sings");
  b.nested("room", c.room, "where it is sung");
  b.require(c.rate < static_cast<double>(c.songs), "rate", "must be below songs");
}

const CommandHelp kHelp{.name = "concert", .summary = {}, .usage = {}, .examples = {}};

po::variables_map parsed(const Concert& concert, const Arguments& args) {
  po::options_description options;
  add_options(options, concert);
  return parse_arguments(kHelp, options, {}, args).value();
}

Concert read_concert(const Arguments& args, Concert concert = {}) {
  read_options(parsed(concert, args), concert);
  return concert;
}

std::string refusal_of(const Arguments& args) {
  try {
    read_concert(args);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "none";
}

TEST(OptionBinder, FieldsOfAnyKindAreOptionsThoseOfANestedMapToo) {
  const Concert read_all =
      read_concert({"--songs=7", "--rate", "2.5", "--key", "minor", "--folder", "a b/c", "--shares",
                    "0.2,0.3,0.5", "--voices=alto,tenor", "--size-m", "12", "--tiled"});
  EXPECT_EQ(read_all.songs, 7);
  EXPECT_EQ(read_all.rate, 2.5);
  EXPECT_EQ(read_all.key, "minor");
  EXPECT_EQ(read_all.folder, "a b/c");
  EXPECT_THAT(read_all.shares, ElementsAre(0.2, 0.3, 0.5));
  EXPECT_THAT(read_all.voices, ElementsAre("alto", "tenor"));
  EXPECT_EQ(read_all.room.size_m, 12);
  EXPECT_TRUE(read_all.room.tiled);
}

TEST(OptionBinder, WhatIsNotGivenStaysAsItIs) {
  Concert concert;
  concert.songs = 9;
  concert.shares = {1};
  concert.room = {.size_m = 8, .tiled = true};
  const Concert same = read_concert({"--rate=2"}, concert);
  EXPECT_EQ(same.songs, 9);
  EXPECT_EQ(same.rate, 2);
  EXPECT_THAT(same.shares, ElementsAre(1));
  EXPECT_EQ(same.room.size_m, 8);
  EXPECT_TRUE(same.room.tiled);
  EXPECT_FALSE(read_concert({"--tiled=false"}, concert).room.tiled);
}

TEST(OptionBinder, ADefaultIsShownAndAnEmptyOneIsNot) {
  po::options_description options;
  add_options(options, Concert{});
  std::ostringstream listing;
  listing << options;
  EXPECT_THAT(listing.str(), HasSubstr("--shares arg (=0.6,0.4)"));
  EXPECT_THAT(listing.str(), HasSubstr("--size-m arg (=4)"));
  EXPECT_THAT(listing.str(), HasSubstr("--folder arg  "));
  EXPECT_THAT(listing.str(), HasSubstr("between walls, m"));
}

TEST(OptionBinder, ValuesAreHeldToTheirRangesAsInYaml) {
  EXPECT_EQ(refusal_of({"--songs=0"}), "command line: songs = 0: must be >= 1");
  EXPECT_EQ(refusal_of({"--songs=2.5"}), "command line: songs = 2.5: must be an integer");
  EXPECT_EQ(refusal_of({"--rate=nan"}), "command line: rate = nan: must be a finite number");
  EXPECT_EQ(refusal_of({"--key=blues"}), "command line: key = blues: must be one of major, minor");
  EXPECT_THAT(refusal_of({"--key=mimor"}), HasSubstr("did you mean 'minor'?"));
  EXPECT_EQ(refusal_of({"--tiled=2"}), "command line: room.tiled = 2: must be true or false");
  EXPECT_EQ(refusal_of({"--size-m=99"}), "command line: room.size_m = 99: must be in [1, 50]");
  EXPECT_EQ(refusal_of({"--shares=0.5,1.5"}), "command line: shares[1] = 1.5: must be in [0, 1]");
  EXPECT_THAT(refusal_of({"--shares=0.5,,0.5"}), HasSubstr("shares[1]"));
}

TEST(OptionBinder, AllProblemsAreToldARuleBetweenFieldsToo) {
  EXPECT_EQ(refusal_of({"--songs=0", "--size-m=0"}),
            "command line: songs = 0: must be >= 1\ncommand line: room.size_m = 0: must be in [1, 50]");
  EXPECT_EQ(refusal_of({"--rate=4"}), "command line: rate = 4: must be below songs");
  EXPECT_EQ(refusal_of({"--rate=4", "--songs=5"}), "none");
}

TEST(OptionBinder, AnUnknownOptionIsRefusedWithTheNearestOne) {
  EXPECT_EQ(refusal_of({"--sogns=4"}),
            "melomine concert: unknown option '--sogns', did you mean --songs?; see melomine concert --help");
  EXPECT_THAT(refusal_of({"--size_m=4"}), HasSubstr("did you mean --size-m?"));
  EXPECT_THAT(refusal_of({"--room=4"}), HasSubstr("unknown option '--room'"));
  EXPECT_THAT(refusal_of({"--rate"}), HasSubstr("see melomine concert --help"));
}

}  // namespace
}  // namespace melomine::cli
