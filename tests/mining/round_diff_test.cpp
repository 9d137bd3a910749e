#include "mining/round_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "core/error.h"
#include "core/random.h"

namespace melomine::mining {
namespace {

using datasets::FragmentRow;
using datasets::RecordingKind;
using datasets::Verdict;
using ::testing::HasSubstr;
using ::testing::Not;

/// Builds the rows of a mined table.
class Rows {
 public:
  Rows& fragment(const std::string& original_id, TimeInterval interval) {
    original_ = interval;
    row(original_id, RecordingKind::kOriginal, interval, 1, Verdict::kRelevant,
        "g" + std::to_string(++groups_));
    return *this;
  }
  /// A match of the last fragment, as long as it, starting at start_s of the cover.
  Rows& match(const std::string& recording_id, double start_s, double correlation = 0.8,
              Verdict verdict = Verdict::kRelevant) {
    row(recording_id, RecordingKind::kCover, {start_s, start_s + original_.duration_s()}, correlation,
        verdict, "g" + std::to_string(groups_));
    return *this;
  }
  operator const std::vector<FragmentRow>&() const { return rows_; }

 private:
  void row(const std::string& recording_id, RecordingKind kind, TimeInterval interval, double correlation,
           Verdict verdict, const std::string& group_id) {
    FragmentRow r;
    r.group_id = group_id;
    r.id = r.recording_id = recording_id;
    r.audio_type = kind;
    r.interval = interval;
    r.correlation = correlation;
    r.verdict = verdict;
    rows_.push_back(r);
  }
  std::vector<FragmentRow> rows_;
  TimeInterval original_;
  int groups_ = 0;
};

TEST(RoundDiff, ASetAgainstItselfIsUnchanged) {
  const Rows rows =
      Rows().fragment("o", {0, 10}).match("c1", 5).match("c1", 40).match("c2", 7).fragment("o", {20, 30});
  const RoundDiff diff = diff_rounds(rows, rows);
  EXPECT_EQ(diff.unchanged, 3);
  EXPECT_EQ(diff.pairs_before, 3);
  EXPECT_EQ(diff.fragments_shared, 2);
  EXPECT_TRUE(diff.appeared.empty() && diff.vanished.empty() && diff.moved.empty() &&
              diff.reclassified.empty());
}

TEST(RoundDiff, EachKindOfChange) {
  const Rows before = Rows()
                          .fragment("o", {0, 10})
                          .match("c1", 5)                             // stays
                          .match("c2", 7)                             // moves by 0.2 s
                          .match("c3", 9, 0.45, Verdict::kUncertain)  // becomes relevant
                          .match("c4", 3, 0.6)                        // vanishes
                          .match("c5", 8)                             // jumps elsewhere
                          .fragment("o", {30, 42})                    // lost, and its pair with it
                          .match("c1", 35, 0.7);
  const Rows after = Rows()
                         .fragment("o", {0, 10})
                         .match("c1", 5.04)
                         .match("c2", 7.2)
                         .match("c3", 9, 0.55)
                         .match("c5", 50)
                         .fragment("p", {0, 9})  // a song that yielded nothing before
                         .match("d1", 1, 0.9);
  const RoundDiff diff = diff_rounds(before, after);
  EXPECT_EQ(diff.fragments_before, 2);
  EXPECT_EQ(diff.fragments_after, 2);
  EXPECT_EQ(diff.fragments_shared, 1);
  EXPECT_EQ(diff.unchanged, 1);
  ASSERT_EQ(diff.moved.size(), 1u);
  EXPECT_EQ(diff.moved[0].recording_id, "c2");
  EXPECT_NEAR(diff.moved[0].moved_s, 0.2, 1e-12);
  ASSERT_EQ(diff.reclassified.size(), 1u);
  EXPECT_EQ(diff.reclassified[0].verdict_before, Verdict::kUncertain);
  EXPECT_EQ(diff.reclassified[0].verdict_after, Verdict::kRelevant);
  ASSERT_EQ(diff.vanished.size(), 3u);  // by correlation: c5 0.8, c1 0.7, c4 0.6
  EXPECT_EQ(diff.vanished[0].recording_id, "c5");
  EXPECT_EQ(diff.vanished[1].recording_id, "c1");
  EXPECT_EQ(diff.vanished[1].original_before, (TimeInterval{30, 42}));
  EXPECT_EQ(diff.vanished[1].original_after, TimeInterval{});
  EXPECT_EQ(diff.vanished[2].recording_id, "c4");
  ASSERT_EQ(diff.appeared.size(), 2u);
  EXPECT_EQ(diff.appeared[0].original_id, "p");
  EXPECT_EQ(diff.appeared[1].recording_id, "c5");
  EXPECT_EQ(diff.appeared[1].cover_after, (TimeInterval{50, 60}));
}

TEST(RoundDiff, FragmentsAreTheSameFromHalfOfTheLonger) {
  const auto shared = [](TimeInterval a, TimeInterval b) {
    return diff_rounds(Rows().fragment("o", a), Rows().fragment("o", b)).fragments_shared;
  };
  EXPECT_EQ(shared({0, 10}, {5, 15}), 1);
  EXPECT_EQ(shared({0, 10}, {5.1, 15.1}), 0);
  EXPECT_EQ(shared({0, 20}, {5, 15}), 1);
  EXPECT_EQ(shared({0, 20}, {5, 14.9}), 0);
  EXPECT_EQ(diff_rounds(Rows().fragment("o", {0, 10}), Rows().fragment("p", {0, 10})).fragments_shared, 0);
}

TEST(RoundDiff, AFragmentHasOnePartner) {
  // 0-20 was cut in two: both halves overlap it by half, the first one takes it.
  const Rows before = Rows().fragment("o", {0, 20}).match("c", 100);
  const Rows after = Rows().fragment("o", {0, 10}).match("c", 100).fragment("o", {10, 20}).match("c", 110);
  const RoundDiff diff = diff_rounds(before, after);
  EXPECT_EQ(diff.fragments_shared, 1);
  EXPECT_EQ(diff.unchanged, 1);
  ASSERT_EQ(diff.appeared.size(), 1u);
  EXPECT_EQ(diff.appeared[0].original_after, (TimeInterval{10, 20}));
  // The larger overlap wins over the earlier start.
  const Rows other = Rows().fragment("o", {0, 10}).fragment("o", {4, 20});
  const RoundDiff larger = diff_rounds(before, other);
  EXPECT_EQ(larger.fragments_shared, 1);
  EXPECT_EQ(larger.vanished.size(), 1u);
}

TEST(RoundDiff, AMoveIsRelativeToTheFragment) {
  // The fragment grew by 2 s at its end, its match with it: the same alignment.
  const Rows before = Rows().fragment("o", {0, 10}).match("c", 100);
  EXPECT_EQ(diff_rounds(before, Rows().fragment("o", {0, 12}).match("c", 100)).unchanged, 1);
  // The fragment begins 1 s later, its match does not: 1 s off.
  const RoundDiff diff = diff_rounds(before, Rows().fragment("o", {1, 11}).match("c", 100));
  ASSERT_EQ(diff.moved.size(), 1u);
  EXPECT_NEAR(diff.moved[0].moved_s, -1, 1e-12);
}

TEST(RoundDiff, HalfALengthAwayIsAnotherMatch) {
  const Rows before = Rows().fragment("o", {0, 10}).match("c", 100);
  EXPECT_EQ(diff_rounds(before, Rows().fragment("o", {0, 10}).match("c", 104.9)).moved.size(), 1u);
  const RoundDiff away = diff_rounds(before, Rows().fragment("o", {0, 10}).match("c", 105));
  EXPECT_EQ(away.moved.size(), 0u);
  EXPECT_EQ(away.vanished.size(), 1u);
  EXPECT_EQ(away.appeared.size(), 1u);
}

TEST(RoundDiff, SmallMovesAreNoneByChoice) {
  const Rows before = Rows().fragment("o", {0, 10}).match("c", 100);
  const Rows after = Rows().fragment("o", {0, 10}).match("c", 100.25);
  EXPECT_EQ(diff_rounds(before, after, 0.25).moved.size(), 1u);
  EXPECT_EQ(diff_rounds(before, after, 0.26).unchanged, 1);
}

/// Random sets of two originals whose fragments and matches are jittered copies of the same ones.
std::vector<FragmentRow> random_rows(RandomStream random) {
  Rows rows;
  for (const char* original : {"o", "p"}) {
    for (int f = 0; f < 6; ++f) {
      if (random.chance(0.2)) continue;
      const double start_s = 15.0 * f + random.uniform(0, 6);
      rows.fragment(original, {start_s, start_s + random.uniform(8, 14)});
      for (const char* cover : {"c1", "c2", "c3"})
        for (int repeat = 0; repeat < 2; ++repeat)
          if (random.chance(0.7))
            rows.match(cover, 15.0 * f + 200.0 * repeat + random.uniform(0, 8), random.uniform(0.3, 1),
                       random.chance(0.5) ? Verdict::kRelevant : Verdict::kUncertain);
    }
  }
  return rows;
}

auto mirrored(const PairChange& c) {
  return std::make_tuple(c.original_id, c.recording_id, c.original_after.start_s, c.original_before.start_s,
                         c.cover_after.start_s, c.cover_before.start_s, c.correlation_after,
                         c.correlation_before, c.verdict_after, c.verdict_before, -c.moved_s);
}

auto plain(const PairChange& c) {
  return std::make_tuple(c.original_id, c.recording_id, c.original_before.start_s, c.original_after.start_s,
                         c.cover_before.start_s, c.cover_after.start_s, c.correlation_before,
                         c.correlation_after, c.verdict_before, c.verdict_after, c.moved_s);
}

void expect_mirrored(const std::vector<PairChange>& there, const std::vector<PairChange>& back) {
  ASSERT_EQ(there.size(), back.size());
  for (size_t i = 0; i < there.size(); ++i) EXPECT_EQ(plain(there[i]), mirrored(back[i]));
}

TEST(PropertyRoundDiff, BackwardsIsTheMirrorImage) {
  int64_t changes = 0;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    const auto a = random_rows(RandomStream({seed, 1})), b = random_rows(RandomStream({seed, 2}));
    const RoundDiff there = diff_rounds(a, b), back = diff_rounds(b, a);
    expect_mirrored(there.appeared, back.vanished);
    expect_mirrored(there.vanished, back.appeared);
    expect_mirrored(there.moved, back.moved);
    expect_mirrored(there.reclassified, back.reclassified);
    EXPECT_EQ(there.unchanged, back.unchanged);
    EXPECT_EQ(there.fragments_shared, back.fragments_shared);
    // Every pair is accounted for once: a pair in both lists moved and was reclassified.
    std::set<decltype(plain(PairChange()))> changed;
    for (const auto* list : {&there.moved, &there.reclassified})
      for (const PairChange& c : *list) changed.insert(plain(c));
    const auto kept = there.unchanged + static_cast<int64_t>(changed.size());
    EXPECT_EQ(there.pairs_before, kept + static_cast<int64_t>(there.vanished.size()));
    EXPECT_EQ(there.pairs_after, kept + static_cast<int64_t>(there.appeared.size()));
    changes += static_cast<int64_t>(there.appeared.size() + there.moved.size() + there.reclassified.size());
  }
  EXPECT_GT(changes, 300);  // the sets do differ
}

TEST(RoundDiff, RowsThatWereNotMinedAreRefused) {
  std::vector<FragmentRow> rows = Rows().fragment("o", {0, 10}).match("c", 100);
  rows[1].recording_id.clear();
  EXPECT_THROW(diff_rounds(rows, rows), DataError);
  rows = Rows().fragment("o", {0, 10}).match("c", 100);
  rows.erase(rows.begin());
  EXPECT_THROW(diff_rounds(rows, rows), DataError);
  EXPECT_EQ(diff_rounds({}, {}).unchanged, 0);
}

TEST(RoundDiff, TextShowsTheLargestAndSaysHowManyThereAre) {
  const Rows before =
      Rows().fragment("o", {0, 10}).match("c1", 5).match("c2", 5).match("c3", 5, 0.45, Verdict::kUncertain);
  const Rows after = Rows().fragment("o", {0, 10}).match("c1", 5.5).match("c2", 6).match("c3", 5, 0.5);
  const RoundDiff diff = diff_rounds(before, after);
  const std::string text = diff_text(diff, 1);
  EXPECT_THAT(text, HasSubstr("1 before, 1 after: 1 shared, 0 new, 0 lost"));
  EXPECT_THAT(text, HasSubstr("0 unchanged, 0 appeared, 0 vanished, 2 moved, 1 reclassified"));
  EXPECT_THAT(text, HasSubstr("1 from uncertain to relevant"));
  EXPECT_THAT(
      text,
      HasSubstr("moved, the first 1 of 2\n  o 0.00-10.00 s in c2 5.00-15.00 s -> 6.00-16.00 s, +1.000 s"));
  EXPECT_THAT(text, HasSubstr("uncertain -> relevant, correlation 0.450 -> 0.500"));
  EXPECT_THAT(diff_text(diff, 0), Not(HasSubstr("c1")));
}

TEST(RoundDiff, JsonHoldsEveryChange) {
  const Rows before = Rows().fragment("o", {0, 10}).match("c1", 5);
  const Rows after = Rows().fragment("o", {0, 10}).match("c2", 6);
  const auto json = nlohmann::json::parse(diff_json(diff_rounds(before, after)));
  EXPECT_EQ(json.at("pairs_before"), 1);
  EXPECT_EQ(json.at("vanished").at(0).at("cover_before"), (std::vector<double>{5, 15}));
  EXPECT_TRUE(json.at("vanished").at(0).at("cover_after").is_null());
  EXPECT_TRUE(json.at("vanished").at(0).at("verdict_after").is_null());
  EXPECT_EQ(json.at("appeared").at(0).at("recording_id"), "c2");
  EXPECT_EQ(json.at("appeared").at(0).at("correlation_after"), 0.8);
}

}  // namespace
}  // namespace melomine::mining
