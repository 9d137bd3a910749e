#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "report/audio_clips.h"
#include "report/charts.h"
#include "report/html.h"
#include "report/judged_groups.h"
#include "report/plot.h"
#include "report/tables.h"
#include "tests/support/markup.h"

namespace melomine::report {
namespace {

using melomine::testing::markup_problem;
using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(MarkupProblem, FindsWhatIsWrong) {
  EXPECT_EQ(markup_problem("<!DOCTYPE html>\n<p id='a'>x &amp; y<br/></p>"), "");
  for (const char* wrong : {"<p>", "</p>", "<p><b></p></b>", "a & b", "<p a=b></p>", "<p a='<'></p>",
                            "<p a='1' a='2'></p>", "<i id='x'/><b id='x'/>", "1 < 2", "<p a='1></p>"})
    EXPECT_NE(markup_problem(wrong), "") << wrong;
}

TEST(Html, EscapesAllThatHasAMeaning) {
  EXPECT_EQ(escape_html("a<b>&\"'\x02\x7f\né"), "a&lt;b&gt;&amp;&quot;&#39;\uFFFD\uFFFD\né");
}

TEST(Html, Base64OfRfc4648) {
  for (const auto& [text, encoded] : {std::pair{"", ""},
                                      {"f", "Zg=="},
                                      {"fo", "Zm8="},
                                      {"foo", "Zm9v"},
                                      {"foob", "Zm9vYg=="},
                                      {"fooba", "Zm9vYmE="},
                                      {"foobar", "Zm9vYmFy"}})
    EXPECT_EQ(base64(text), encoded);
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

TEST(Html, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(model_name(0), "M₀");
  EXPECT_EQ(model_name(120), "M₁₂₀");
  EXPECT_EQ(number_text(-0.0001, 2), "0.00");
  EXPECT_EQ(number_text(-12.0, 0), "-12");
  EXPECT_EQ(number_text(kNaN, 2), "–");
  EXPECT_EQ(value_text(0.9625, Unit::kPercent), "96.2 %");
  EXPECT_EQ(value_text(0.043, Unit::kMilliseconds), "43 ms");
  EXPECT_EQ(value_text(0.0042, Unit::kMilliseconds), "4.2 ms");
  EXPECT_EQ(value_text(0.05, Unit::kDifference), "+0.050");
  EXPECT_EQ(estimate_cell({kNaN, kNaN, kNaN}, Unit::kPercent), "<td>–</td>");
  EXPECT_EQ(estimate_cell({0.5, 0.4, 0.6}, Unit::kPlain), "<td>0.500<small>0.40 to 0.60</small></td>");
  const retrieval::Estimate one_song{0.5, kNaN, kNaN}, songs{0.5, 0.2, 0.8};
  EXPECT_EQ(estimate_cell({0.5, 0.4, 0.6}, Unit::kPlain, &songs),
            "<td>0.500<small>0.40 to 0.60</small><small>songs 0.20 to 0.80</small></td>");
  EXPECT_EQ(estimate_cell({0.5, 0.4, 0.6}, Unit::kPlain, &one_song),
            "<td>0.500<small>0.40 to 0.60</small><small>songs –</small></td>");
  EXPECT_EQ(estimate_cell(one_song, Unit::kDifference), "<td>+0.500<small>–</small></td>");
}

TEST(Plot, AxesAreRoundAndHoldTheirValues) {
  for (const auto& [low, high] : {std::pair{0.0, 1.0},
                                  {0.13, 0.87},
                                  {-3.2, 117.0},
                                  {0.0, 2000.0},
                                  {1e-5, 3e-5},
                                  {0.4, 0.4},
                                  {0.0, 0.0},
                                  {-2.0, -2.0}}) {
    const Axis axis = round_axis(low, high, "");
    EXPECT_LE(axis.low, low + 1e-12);
    EXPECT_GE(axis.high, high - 1e-12);
    const double ticks = (axis.high - axis.low) / axis.step;
    EXPECT_NEAR(ticks, std::round(ticks), 1e-9);
    EXPECT_GE(ticks, 1);
    EXPECT_LE(ticks, 7);
  }
  EXPECT_DOUBLE_EQ(round_axis(0, 0.6, "").step, 0.2);
  EXPECT_DOUBLE_EQ(round_axis(0, 0.6, "").high, 0.6);  // not 0.8 for a rounding error
  EXPECT_EQ(tick_text(0.25, 0.05), "0.25");
  EXPECT_EQ(tick_text(500, 500), "500");
}

TEST(Charts, DrawNothingWithoutPointsAndSkipWhatIsNotANumber) {
  const ChartText text{"Title.", "note", "x", "y"};
  EXPECT_EQ(line_chart(text, {}), "");
  EXPECT_EQ(line_chart(text, {{"a", {}, {}}}), "");
  EXPECT_EQ(line_chart(text, {{"a", {1}, {kNaN}}}), "");
  const std::string chart = line_chart(text, {{"a", {1, 2, 3}, {1, kNaN, 2}}, {"b", {1}, {1}}});
  EXPECT_EQ(markup_problem(chart), "");
  EXPECT_EQ(chart.find("nan"), chart.npos);
  EXPECT_EQ(interval_chart(text, {"one"}, {{"a", {{0, {kNaN, kNaN, kNaN}, ""}}}}, true), "");
}

TEST(Charts, APointAloneIsSeen) {
  const auto dots = [](const std::vector<Series>& curves) {
    const std::string chart = line_chart({"Title.", "", "step", "MRR"}, curves);
    size_t count = 0;
    for (size_t at = chart.find("<circle class='dot"); at != chart.npos;
         at = chart.find("<circle class='dot", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(dots({{"a", {1500}, {0.5}}, {"b", {1500}, {0.6}}}), 2u);
  EXPECT_EQ(dots({{"a", {1500}, {kNaN}}, {"b", {750, 1500}, {0.5, 0.6}}}), 0u);
  // Not on the axis: what has one place on it begins at 0.
  const std::string chart = line_chart({"Title.", "", "step", "MRR"}, {{"a", {1500}, {0.5}}});
  EXPECT_NE(chart.find(">0</text>"), chart.npos) << chart;
}

TEST(Charts, LongCurvesBecomeMeans) {
  Series zigzag{"a", {}, {}};
  for (int i = 0; i < 1600; ++i) {
    zigzag.x.push_back(i);
    zigzag.y.push_back(i % 2 == 0 ? 0 : 2);
  }
  // Every part has as many of both, so the line is flat at 1, in the middle of an axis around it.
  const std::string chart = line_chart({"Title.", "", "x", "y"}, {zigzag});
  const auto path = chart.substr(chart.find(" d='M") + 4);
  EXPECT_EQ(std::count(path.begin(), path.begin() + static_cast<long>(path.find('\'', 1)), 'L'), 79);
}

TEST(JudgedGroups, SongIsWhatStandsBeforeRoundAndFragment) {
  std::vector<datasets::FragmentRow> rows(3);
  rows[0].group_id = "my_r2_song_r01_02";
  rows[1].group_id = "plain";
  rows[2].group_id = "_r01_02";
  const auto groups = judged_groups(rows, nullptr);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].song_id, "my_r2_song");
  EXPECT_EQ(groups[1].song_id, "plain");
  EXPECT_EQ(groups[2].song_id, "_r01_02");
}

TEST(JudgedGroups, CounterpartsFollowTheMapOverBreathsAndRepeats) {
  const auto row = [](TimeInterval original, TimeInterval recording) {
    datasets::TruthRow r;
    r.original = original;
    r.recording = recording;
    return r;
  };
  // Two pieces a breath apart at half the tempo, and again, only the first, at 100 s.
  const std::vector<datasets::TruthRow> truth = {row({0, 4}, {50, 58}), row({5, 10}, {59, 69}),
                                                 row({0, 4}, {100, 108})};
  const std::vector<const datasets::TruthRow*> rows = {&truth[0], &truth[1], &truth[2]};
  const auto whole = counterparts(rows, {2, 9});
  ASSERT_EQ(whole.size(), 1u);  // at 100 s there are 2 s of 7
  EXPECT_DOUBLE_EQ(whole[0].start_s, 54);
  EXPECT_DOUBLE_EQ(whole[0].end_s, 67);
  EXPECT_EQ(counterparts(rows, {0, 4}), (std::vector<TimeInterval>{{50, 58}, {100, 108}}));
  EXPECT_TRUE(counterparts(rows, {20, 30}).empty());
  EXPECT_TRUE(counterparts({}, {0, 4}).empty());
}

/// Groups of songs a, a, b, c with matches of these correlations and judgements.
class GroupsToHear : public ::testing::Test {
 protected:
  void add(const std::string& song, const std::vector<std::pair<double, bool>>& matches) {
    JudgedGroup group{song, &rows_.emplace_back(), {}};
    for (const auto& [correlation, correct] : matches) {
      auto& row = rows_.emplace_back();
      row.recording_id = "cover" + std::to_string(rows_.size());
      row.correlation = correlation;
      row.verdict = correlation >= 0.5 ? datasets::Verdict::kRelevant : datasets::Verdict::kUncertain;
      group.matches.push_back({&row, mining::PairJudgement{.correct = correct}});
    }
    groups_.push_back(group);
  }
  std::deque<datasets::FragmentRow> rows_;
  std::vector<JudgedGroup> groups_;
};

TEST_F(GroupsToHear, AreOfManySongsAndEndWithTheWorstMistake) {
  add("a", {{0.9, true}});
  add("a", {{0.6, true}, {0.8, true}, {0.4, true}});
  add("b", {});
  add("b", {{0.7, true}, {0.65, false}});
  add("c", {{0.55, false}});
  const auto chosen = groups_to_hear(groups_, 3);
  ASSERT_EQ(chosen.size(), 3u);
  EXPECT_EQ(chosen[0].group, &groups_[1]);  // has both verdicts
  ASSERT_EQ(chosen[0].matches.size(), 2u);
  EXPECT_EQ(chosen[0].matches[0]->row->correlation, 0.8);
  EXPECT_EQ(chosen[0].matches[1]->row->correlation, 0.4);
  EXPECT_EQ(chosen[1].group, &groups_[4]);  // another song rather than a again
  EXPECT_EQ(chosen[2].group, &groups_[3]);
  EXPECT_TRUE(chosen[2].mistake);
  EXPECT_EQ(chosen[2].matches[0]->row->correlation, 0.65);
  EXPECT_EQ(groups_to_hear(groups_, 99).size(), 4u);  // all with matches, none twice
  EXPECT_TRUE(groups_to_hear(groups_, 0).empty());
  EXPECT_TRUE(groups_to_hear({}, 6).empty());
}

evaluation::EvaluationRecord ranked(const std::vector<std::pair<std::string, int64_t>>& ranks) {
  evaluation::EvaluationRecord record;
  record.settings = {{"bootstrap_resamples", 2000}, {"seed", 0}};
  auto& model = record.systems.emplace_back();
  model.name = evaluation::kModelName;
  for (const auto& [query, rank] : ranks) {
    auto& own = model.queries.emplace_back();
    own.query = query;
    own.rank = rank;
  }
  return record;
}

TEST(MrrDifference, IsPairedAndOnlyOfTheSameQueries) {
  const auto before = ranked({{"a", 2}, {"b", 4}});
  const auto gained = mrr_difference(ranked({{"a", 1}, {"b", 2}}), before);
  ASSERT_TRUE(gained);
  EXPECT_DOUBLE_EQ(gained->estimate.mean, 0.375);
  EXPECT_GE(gained->estimate.low, 0.25 - 1e-12);  // each query gains a quarter at least
  EXPECT_LE(gained->estimate.high, 0.5 + 1e-12);
  EXPECT_TRUE(std::isnan(gained->by_song.low)) << "of which songs they are is not told";
  auto of_two_songs = ranked({{"a", 1}, {"b", 2}});
  for (auto& query : of_two_songs.systems[0].queries) query.song = "song of " + query.query;
  EXPECT_NEAR(mrr_difference(of_two_songs, before)->by_song.low, 0.25, 1e-12);
  EXPECT_NEAR(mrr_difference(of_two_songs, before)->by_song.high, 0.5, 1e-12);
  EXPECT_FALSE(mrr_difference(ranked({{"b", 1}, {"a", 2}}), before));
  EXPECT_FALSE(mrr_difference({}, before));
}

}  // namespace
}  // namespace melomine::report
