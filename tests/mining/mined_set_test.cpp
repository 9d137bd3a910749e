#include "mining/mined_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/atomic_file.h"
#include "core/error.h"
#include "datasets/group_dataset.h"
#include "mining/cover_match.h"
#include "storage/hdf5_table.h"
#include "tests/mining/mined_sets.h"
#include "tests/support/temp_folder.h"

namespace melomine::mining {
namespace {

using datasets::FragmentRow;
using melomine::testing::TempFolder;
using ::testing::HasSubstr;
using testing::match_at;
using testing::mined_song_of;
using testing::song_of;

const MinedProvenance kProvenance = {2, "model", "config"};

void expect_equal(const MinedSet& a, const MinedSet& b) {
  EXPECT_EQ(a.provenance, b.provenance);
  ASSERT_EQ(a.songs.size(), b.songs.size());
  for (size_t i = 0; i < a.songs.size(); ++i) {
    const SongSummary &x = a.songs[i], &y = b.songs[i];
    EXPECT_EQ(std::tie(x.song_id, x.original_id, x.original_s, x.sounding_s, x.level_db, x.pause_s, x.covers,
                       x.fragments),
              std::tie(y.song_id, y.original_id, y.original_s, y.sounding_s, y.level_db, y.pause_s, y.covers,
                       y.fragments));
  }
  ASSERT_EQ(a.rows.size(), b.rows.size());
  for (size_t i = 0; i < a.rows.size(); ++i) {
    const FragmentRow &x = a.rows[i], &y = b.rows[i];
    EXPECT_EQ(std::tie(x.group_id, x.fragment_id, x.id, x.audio_type, x.youtube_id, x.interval, x.correlation,
                       x.check_by_crowdsource, x.is_available, x.duration_s, x.path),
              std::tie(y.group_id, y.fragment_id, y.id, y.audio_type, y.youtube_id, y.interval, y.correlation,
                       y.check_by_crowdsource, y.is_available, y.duration_s, y.path));
    EXPECT_EQ(std::tie(x.recording_id, x.round, x.verdict, x.model_sha256, x.config_sha256, x.source_sha256,
                       x.margin),
              std::tie(y.recording_id, y.round, y.verdict, y.model_sha256, y.config_sha256, y.source_sha256,
                       y.margin));
  }
  ASSERT_EQ(a.candidates.size(), b.candidates.size());
  for (size_t i = 0; i < a.candidates.size(); ++i) {
    const Candidate &x = a.candidates[i], &y = b.candidates[i];
    EXPECT_EQ(std::tie(x.group_id, x.recording_id, x.interval, x.correlation, x.tempo_ratio),
              std::tie(y.group_id, y.recording_id, y.interval, y.correlation, y.tempo_ratio));
  }
  ASSERT_EQ(a.set_aside.size(), b.set_aside.size());
  for (size_t i = 0; i < a.set_aside.size(); ++i)
    EXPECT_EQ(std::tie(a.set_aside[i].recording_id, a.set_aside[i].reason),
              std::tie(b.set_aside[i].recording_id, b.set_aside[i].reason));
}

/// Song "a": one fragment with a relevant and an uncertain match and a candidate below; one without matches.
MinedSong mined_a(const Song& song) {
  const TimeInterval first{10.25, 20.5}, second{40, 52};
  return mined_song_of(song, {{first,
                               {match_at("a_c1", first, 15.1, 0.75), match_at("a_c2", first, 90, 0.4)},
                               {match_at("a_c1", first, 15.1, 0.75), match_at("a_c2", first, 90, 0.4)}},
                              {second, {}, {match_at("a_c1", second, 33, 0.1)}}});
}

MinedSet part_of(const std::string& id) {
  MinedSet set;
  set.provenance = kProvenance;
  const Song song = song_of(id, 2);
  const TimeInterval fragment{1, 10};
  MinedSong mined = mined_song_of(
      song, {{fragment, {match_at(id + "_c1", fragment, 7, 0.9)}, {match_at(id + "_c1", fragment, 7, 0.9)}}});
  mined.set_aside = {{id + "_c2", "holds no sound"}};
  append(set, song, mined, {});
  return set;
}

MinedSet set_a() {
  MinedSet set;
  set.provenance = kProvenance;
  const Song song = song_of("a", 2);
  append(set, song, mined_a(song), {});
  return set;
}

std::string message(const auto& action) {
  try {
    action();
    return "";
  } catch (const DataError& e) {
    return e.what();
  }
}

TEST(MinedSet, AMatchLastsAsItsFragmentAtItsTempo) {
  const Song song = song_of("a", 1);
  const TimeInterval fragment{10, 22};
  MinedMatch faster = match_at("a_c1", {0, 10}, 30, 0.75);
  faster.tempo_ratio = 1.2;
  MinedSet set;
  append(set, song, mined_song_of(song, {{fragment, {faster}, {faster}}}), {});
  ASSERT_EQ(set.rows.size(), 2u);
  EXPECT_EQ(set.rows[0].duration_s, 12);
  EXPECT_DOUBLE_EQ(set.rows[1].duration_s, 10);
  EXPECT_DOUBLE_EQ(set.rows[1].interval.duration_s(), 10);
}

TEST(MinedSet, RowsOfASong) {
  const MinedSet set = set_a();
  ASSERT_EQ(set.rows.size(), 4u);
  const FragmentRow& original = set.rows[0];
  EXPECT_EQ(original.group_id, "a_r02_01");
  EXPECT_EQ(original.fragment_id, "1");
  EXPECT_EQ(original.id, "a_o");
  EXPECT_EQ(original.recording_id, "a_o");
  EXPECT_EQ(original.audio_type, datasets::RecordingKind::kOriginal);
  EXPECT_EQ(original.interval, (TimeInterval{10.25, 20.5}));
  EXPECT_EQ(original.correlation, 1);
  EXPECT_EQ(original.verdict, datasets::Verdict::kRelevant);
  EXPECT_EQ(original.duration_s, 10.25);
  const FragmentRow &relevant = set.rows[1], &uncertain = set.rows[2];
  EXPECT_EQ(relevant.group_id, "a_r02_01");
  EXPECT_EQ(relevant.audio_type, datasets::RecordingKind::kCover);
  EXPECT_EQ(relevant.id, "a_c1");
  EXPECT_EQ(relevant.youtube_id, "tube_a_c1");
  EXPECT_EQ(relevant.source_sha256, "sha_a_c1");
  EXPECT_EQ(relevant.verdict, datasets::Verdict::kRelevant);
  EXPECT_EQ(relevant.round, 2);
  EXPECT_EQ(relevant.model_sha256, "model");
  EXPECT_EQ(relevant.config_sha256, "config");
  EXPECT_FALSE(relevant.check_by_crowdsource);
  EXPECT_TRUE(relevant.is_available);
  EXPECT_EQ(relevant.duration_s, 10.25);
  EXPECT_DOUBLE_EQ(relevant.interval.center_s(), 15.1);
  EXPECT_EQ(uncertain.verdict, datasets::Verdict::kUncertain);
  EXPECT_EQ(set.rows[3].group_id, "a_r02_02");
  ASSERT_EQ(set.candidates.size(), 3u);
  EXPECT_EQ(set.candidates[2].group_id, "a_r02_02");
  EXPECT_EQ(set.candidates[2].correlation, 0.1);
}

TEST(MinedSet, ItsTableIsReadAsAGroupAFragment) {
  const TempFolder folder;
  const MinedSet set = set_a();
  datasets::write_fragment_table(folder / "mined.csv", set.rows, datasets::TableColumns::kChadWithProvenance);
  std::vector<datasets::StoredRecording> store(3);
  for (size_t i = 0; i < store.size(); ++i) {
    store[i].recording.recording_id = std::array{"a_o", "a_c1", "a_c2"}[i];
    store[i].recording.song_id = "a";
    store[i].length_samples = 200 * 100;
  }
  const auto read = datasets::build_groups(datasets::read_fragment_table(folder / "mined.csv"), store, 100,
                                           {}, {.use_song = {}, .use_uncertain = true});
  ASSERT_EQ(read.groups.size(), 1u);  // the second fragment has no match
  EXPECT_EQ(read.counts.small_groups, 1);
  EXPECT_EQ(read.groups[0].group_id, "a_r02_01/1");
  EXPECT_EQ(read.groups[0].song_id, "a");
  EXPECT_EQ(read.groups[0].duration_s, 10.25);
  ASSERT_EQ(read.groups[0].fragments.size(), 3u);
  EXPECT_EQ(read.groups[0].fragments[2].interval.center_s(), 90);
  EXPECT_EQ(read.counts.cut_fragments + read.counts.repeated_fragments + read.counts.outside_fragments, 0);
}

TEST(MinedSet, MatchInAStrangeRecordingIsRefused) {
  MinedSet set;
  const Song song = song_of("a", 1);  // the matches are in a_c1 and a_c2
  EXPECT_THAT(message([&] { append(set, song, mined_a(song), {}); }), HasSubstr("song a: a_c2"));
}

TEST(MinedSet, GroupsKnowTheirSongs) {
  const MinedSet set = merge({part_of("b"), set_a()});
  const auto groups = groups_of(set);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(set.songs[groups[0].song].song_id, "a");
  EXPECT_EQ(groups[0].matches.size(), 2u);
  EXPECT_EQ(groups[1].matches.size(), 0u);
  EXPECT_EQ(set.songs[groups[2].song].song_id, "b");
  EXPECT_EQ(index_of(groups).at("b_r02_01"), 2u);
  MinedSet headless = set;
  headless.rows.erase(headless.rows.begin());
  EXPECT_THAT(message([&] { groups_of(headless); }), HasSubstr("a_r02_01: does not begin with its original"));
  MinedSet strange = set;
  strange.songs.erase(strange.songs.begin());
  EXPECT_THAT(message([&] { groups_of(strange); }), HasSubstr("a_o, which is the original of no song"));
}

TEST(MinedSet, YieldOfASong) {
  const MiningYield yield = yield_of(set_a());
  EXPECT_EQ(yield.songs, 1);
  EXPECT_EQ(yield.songs_without_fragments, 0);
  EXPECT_EQ(yield.covers, 2);
  EXPECT_EQ(yield.fragments, 2);
  EXPECT_EQ(yield.groups, 1);
  EXPECT_EQ(yield.relevant, 1);
  EXPECT_EQ(yield.uncertain, 1);
  EXPECT_DOUBLE_EQ(yield.original_hours, 10.25 / 3600);
  EXPECT_DOUBLE_EQ(yield.relevant_hours, 10.25 / 3600);
  EXPECT_DOUBLE_EQ(yield.uncertain_hours, 10.25 / 3600);
  EXPECT_DOUBLE_EQ(yield.mean_group_size, 2);
  // Bins are 0.02 wide from -1: 0.75 lies in [0.74, 0.76), 0.4 in [0.4, 0.42), 0.1 in [0.1, 0.12).
  EXPECT_EQ(yield.histogram[87], 1);
  EXPECT_EQ(yield.histogram[70], 1);
  EXPECT_EQ(yield.histogram[55], 1);
}

TEST(MinedSet, YieldOfExtremes) {
  const MiningYield none = yield_of({});
  EXPECT_EQ(none.songs + none.fragments + none.groups + none.relevant, 0);
  EXPECT_EQ(none.mean_group_size, 0);
  MinedSet set;
  append(set, song_of("a", 1), mined_song_of(song_of("a", 1), {}), {});
  EXPECT_EQ(yield_of(set).songs_without_fragments, 1);
  for (const double correlation : {-1.0, 1.0, 1.0000001, -1.0000001})
    set.candidates.push_back({"a_r00_01", "a_c1", {0, 1}, correlation, 1});
  EXPECT_EQ(yield_of(set).histogram.front(), 2);
  EXPECT_EQ(yield_of(set).histogram.back(), 2);
}

TEST(MinedSet, FileComesBackExactly) {
  const TempFolder folder;
  MinedSet set = merge({set_a(), part_of("b")});
  set.rows[1].interval = {0.1 + 0.2, 1e5 / 3};  // no short decimal numbers
  set.rows[1].is_available = false;
  set.rows[2].check_by_crowdsource = true;
  set.candidates[0].correlation = std::nextafter(0.5, 0);
  set.songs[0].song_id = "ä song, \"quoted\"";
  write_mined_set(folder / "a.h5", set, "inputs hash");
  expect_equal(read_mined_set(folder / "a.h5"), set);
  EXPECT_EQ(mined_set_inputs(folder / "a.h5"), "inputs hash");
  EXPECT_TRUE(is_mined_set(folder / "a.h5"));
  write_mined_set(folder / "b.h5", set, "inputs hash");
  EXPECT_EQ(read_file(folder / "a.h5"), read_file(folder / "b.h5"));
  write_mined_set(folder / "none.h5", {}, "");
  expect_equal(read_mined_set(folder / "none.h5"), {});
}

TEST(MinedSet, AFileTellsHowCloseTheRunnersUpCame) {
  const TempFolder folder;
  const Song song = song_of("a", 1);
  const TimeInterval fragment{10, 22};
  MinedFragment mined{fragment, {}, {}};
  for (const double margin : {0.02, kUnsettled, kNoRival}) {
    mined.matches.push_back(match_at("a_c1", fragment, 30, 0.9));
    mined.matches.back().margin = margin;
  }
  MinedSet set;
  append(set, song, mined_song_of(song, {mined}), {.settle = {.margin = 0.05}});
  write_mined_set(folder / "mined.h5", set, "inputs");
  const MinedSet read = read_mined_set(folder / "mined.h5");
  EXPECT_FALSE(read.rows.at(0).margin);
  EXPECT_EQ(read.rows[1].margin, 0.02);
  EXPECT_EQ(read.rows[1].verdict, datasets::Verdict::kUncertain);
  EXPECT_EQ(read.rows[2].margin, kUnsettled);
  EXPECT_EQ(read.rows[3].margin, kNoRival);
}

TEST(MinedSet, AFileOfAVersionThatDidNotKeepMarginsIsRead) {
  const MinedSet set =
      read_mined_set("tests/data/old_runs/2026-11-28/runs/interrupted/round_01/mine/mined.h5");
  EXPECT_EQ(set.rows.size(), 10u);
  for (const FragmentRow& row : set.rows) EXPECT_FALSE(row.margin);
}

TEST(MinedSet, CsvHoldsTheSameRows) {
  const TempFolder folder;
  MinedSet set = set_a(), back = set_a();
  for (datasets::FragmentRow& row : set.rows) row.margin.reset();  // CHAD's columns have none
  write_fragment_table(folder / "mined.csv", set.rows, datasets::TableColumns::kChadWithProvenance);
  back.rows = datasets::read_fragment_table(folder / "mined.csv");
  expect_equal(back, set);
}

TEST(MinedSet, WhatIsNoMinedSetIsNamed) {
  const TempFolder folder;
  write_file_atomically(folder / "words.h5", "no HDF5 at all");
  {
    auto file = storage::hdf5::File::create(folder / "other.h5");
    file.set_attribute("format", std::string("melomine audio shard"));
    file.flush();
  }
  {
    auto file = storage::hdf5::File::create(folder / "future.h5");
    file.set_attribute("format", std::string(kMinedSetFormat));
    file.set_attribute("schema_version", int64_t{99});
    file.flush();
  }
  const auto refusal = [&](const std::string& name) {
    return message([&] { read_mined_set(folder / name); });
  };
  EXPECT_THAT(refusal("absent.h5"), HasSubstr("absent.h5: "));
  EXPECT_THAT(refusal("words.h5"), HasSubstr("words.h5: "));
  EXPECT_THAT(refusal("other.h5"), HasSubstr("other.h5: is HDF5, but no mined set"));
  EXPECT_THAT(refusal("future.h5"), HasSubstr("version 99, this melomine reads version 1"));
  EXPECT_THAT(message([&] { mined_set_inputs(folder / "other.h5"); }), HasSubstr("no mined set"));
  EXPECT_FALSE(is_mined_set(folder / "other.h5"));
  EXPECT_FALSE(is_mined_set(folder / "words.h5"));
  EXPECT_FALSE(is_mined_set(folder.path()));
}

TEST(MinedSet, DamagedContentIsNamed) {
  const TempFolder folder;
  const auto refusal = [&](const MinedSet& set) {
    write_mined_set(folder / "bad.h5", set, "");
    return message([&] { read_mined_set(folder / "bad.h5"); });
  };
  MinedSet set = set_a();
  set.rows[1].interval.end_s = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(refusal(set), HasSubstr("bad.h5: fragments: row 1: start_s and end_s"));
  set = set_a();
  set.candidates[0].interval = {5, 5};
  EXPECT_THAT(refusal(set), HasSubstr("bad.h5: candidates: row 0: start_s and end_s"));
  set = set_a();
  set.candidates[2].correlation = std::numeric_limits<double>::infinity();
  EXPECT_THAT(refusal(set), HasSubstr("bad.h5: candidates: row 2: correlation is not finite"));
  set = set_a();
  set.candidates[0].group_id = "elsewhere";
  EXPECT_THAT(refusal(set), HasSubstr("elsewhere: there is no such group"));
  set = set_a();
  set.songs.clear();
  EXPECT_THAT(refusal(set), HasSubstr("the original of no song"));
}

TEST(MinedSet, TruncationAndAFlippedBitAreFound) {
  const TempFolder folder;
  const MinedSet set = merge({set_a(), part_of("b")});
  write_mined_set(folder / "a.h5", set, "inputs");
  const std::string bytes = read_file(folder / "a.h5");
  for (int tenth = 0; tenth < 10; ++tenth) {
    write_file_atomically(folder / "cut.h5", bytes.substr(0, bytes.size() * static_cast<size_t>(tenth) / 10));
    EXPECT_THAT(message([&] { read_mined_set(folder / "cut.h5"); }), HasSubstr("cut.h5: ")) << tenth;
  }
  std::string flipped = bytes;
  const size_t cell = flipped.find("a_r02_01");
  ASSERT_NE(cell, std::string::npos);
  flipped[cell] ^= 1;
  write_file_atomically(folder / "flipped.h5", flipped);
  EXPECT_THAT(message([&] { read_mined_set(folder / "flipped.h5"); }), HasSubstr("flipped.h5: fragments: "));
}

TEST(PropertyMinedSet, MergeDoesNotDependOnOrderOrCut) {
  const MinedSet whole = merge({part_of("a"), part_of("b"), part_of("c"), part_of("d")});
  EXPECT_EQ(whole.songs.size(), 4u);
  EXPECT_EQ(whole.rows.size(), 8u);
  EXPECT_EQ(whole.candidates.size(), 4u);
  EXPECT_EQ(whole.rows[2].group_id, "b_r02_01");
  EXPECT_EQ(whole.candidates[3].group_id, "d_r02_01");
  expect_equal(merge({part_of("d"), part_of("b"), part_of("a"), part_of("c")}), whole);
  expect_equal(merge({merge({part_of("d"), part_of("b")}), merge({part_of("c"), part_of("a")})}), whole);
  expect_equal(merge({whole}), whole);
  expect_equal(merge({}), {});
}

TEST(MinedSet, PartsThatDoNotBelongTogetherAreRefused) {
  EXPECT_THAT(message([] { merge({part_of("a"), part_of("a")}); }), HasSubstr("song a: lies in two"));
  MinedSet other = part_of("b");
  other.provenance.model_sha256 = "another";
  EXPECT_THAT(message([&] { merge({part_of("a"), other}); }), HasSubstr("different rounds, models"));
}

TEST(MinedSet, ALargeSetIsWrittenAndReadInSeconds) {
  // 2,000 songs of 10 covers, 5 fragments each: 110,000 rows, 100,000 candidates.
  const std::string hash(64, 'f');
  MinedSet set;
  set.provenance = {1, hash, hash};
  for (int s = 0; s < 2000; ++s) {
    Song song = song_of("song_" + std::to_string(10000 + s), 10);
    for (SongRecording& cover : song.covers) cover.source_sha256 = hash;
    std::vector<MinedFragment> fragments;
    for (int f = 0; f < 5; ++f) {
      MinedFragment fragment{{f * 20.0, f * 20.0 + 12}, {}, {}};
      for (const SongRecording& cover : song.covers)
        fragment.matches.push_back(
            match_at(cover.recording_id, fragment.interval, 30.0 + f, 0.01 * (s % 100)));
      fragment.best = fragment.matches;
      fragments.push_back(fragment);
    }
    append(set, song, mined_song_of(song, fragments), {});
  }
  const TempFolder folder;
  const auto start = std::chrono::steady_clock::now();
  write_mined_set(folder / "large.h5", set, "inputs");
  const MinedSet back = read_mined_set(folder / "large.h5");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_EQ(back.rows.size(), 110000u);
  EXPECT_EQ(back.rows.back().interval, set.rows.back().interval);
  EXPECT_LT(seconds, 20);  // 1 s on a quiet core; sanitizers take ten times as long
  EXPECT_LT(std::filesystem::file_size(folder / "large.h5"), 100u << 20);
}

}  // namespace
}  // namespace melomine::mining
