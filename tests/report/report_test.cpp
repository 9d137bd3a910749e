#include "report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/report/report_run.h"
#include "tests/support/markup.h"

namespace melomine::report {
namespace {

namespace fs = std::filesystem;
using melomine::testing::count;
using melomine::testing::markup_problem;
using melomine::testing::ReportRun;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string page_of(const ReportRun& run, const ReportInputs& inputs = {}) {
  return read_file(write_run_report(run.path(), inputs));
}

/// The row of a table that begins with this cell, up to its end.
std::string row_of(const std::string& page, const std::string& first) {
  const auto begin = page.find("<th scope='row'>" + first);
  return begin == page.npos ? "" : page.substr(begin, page.find("</tr>", begin) - begin);
}

TEST(Report, ShowsTheFiguresOfEveryRound) {
  const ReportRun run;
  const std::string page = page_of(run);
  EXPECT_EQ(markup_problem(page), "");
  // MRR of ranks 2,2,2,2; 1,2,4,4; 1,1,1,2.
  EXPECT_THAT(row_of(page, "baseline"),
              HasSubstr("<td>0.500<small>0.50 to 0.50</small><small>songs 0.50 to 0.50</small></td>"));
  EXPECT_THAT(row_of(page, "M₀"), HasSubstr("<td>0.500<small>"));
  EXPECT_THAT(row_of(page, "M₁"), HasSubstr("<td>0.875<small>"));
  EXPECT_THAT(row_of(page, "M₁"), HasSubstr("<small>songs 0.75 to 1.00</small>"));  // two songs of two hums
  // Gained: 0 and 0.5 by the hums of one song, 0.75 and 0.25 by those of the other.
  EXPECT_THAT(row_of(page, "M₁"), ContainsRegex("<td>.0.375<small>[^<]*</small>"
                                                "<small>songs .0.25 to .0.50</small></td>"));
  EXPECT_THAT(row_of(page, "M₀"), Not(HasSubstr("+0.")));
  EXPECT_THAT(row_of(page, "M₁"), HasSubstr("accepted"));
  EXPECT_THAT(row_of(page, "M₁"), HasSubstr("1 min 10 s"));
  EXPECT_THAT(page, HasSubstr("M₁ finds the 4 hums of held_out with MRR 0.875 ["));
  EXPECT_THAT(
      page,
      HasSubstr("] against M₀; the baseline has 0.500; M₀ mined 2 relevant pairs, 50.0 % of them right."));
  EXPECT_THAT(page, HasSubstr("begun 2025-03-01T10:00:00Z"));
}

TEST(Report, DifferencesOfOneSongHaveNoIntervalOverSongs) {
  const ReportRun run;
  for (const char* round : {"round_00", "round_01"}) {
    const std::string name = std::string(round) + "/evaluate/set/report.json";
    auto json = nlohmann::json::parse(run.read(name));
    for (auto& system : json["systems"])
      for (auto& query : system["queries"]) query["song"] = "the only one";
    run.write(name, json.dump());
  }
  EXPECT_THAT(row_of(page_of(run), "M₁"),
              ContainsRegex("<td>.0.375<small>[^<]*</small><small>songs –</small></td>"));
}

TEST(Report, ShowsWhatWasMinedAndHowGoodItIs) {
  const ReportRun run;
  const std::string page = page_of(run);
  const std::string row = row_of(page, "by M₀");
  EXPECT_THAT(row, HasSubstr("<td>2</td><td>1</td><td>2</td>"));  // relevant, uncertain, groups
  EXPECT_THAT(row, HasSubstr("<td>50.0 %<small>"));               // of the relevant; recall is the same
  EXPECT_THAT(row, HasSubstr("<td>20 ms<small>"));
  EXPECT_THAT(row_of(page, "precision, all pairs"), HasSubstr("33.3 %"));
  EXPECT_THAT(row_of(page, "precision, all pairs"), HasSubstr("1 of 3"));
  EXPECT_THAT(row_of(page, "coverage of sung time"), HasSubstr("22 of 40 s"));
  EXPECT_THAT(row_of(page, "1"), HasSubstr("holds no sound"));
  // Three candidates: one bin each of relevant, relevant, uncertain.
  EXPECT_EQ(count(page, "<rect class='bar relevant'"), 2u);
  EXPECT_EQ(count(page, "<rect class='bar uncertain'"), 1u);
  EXPECT_THAT(page, HasSubstr("β irrel. 0.30"));
  EXPECT_THAT(page, HasSubstr("β rel. 0.50"));
  for (const char* title : {"Training loss.", "nt_xent.", "triplet.", "Validation.", "MRR by round.",
                            "Precision by correlation, by M₀.", "Other thresholds, by M₀.",
                            "Alignment error.", "Quality by round."})
    EXPECT_THAT(page, HasSubstr(std::string("<strong>") + title)) << title;
}

TEST(Report, StacksTheSets) {
  const ReportRun run;
  for (const char* round : {"round_00", "round_01"}) {
    const fs::path sets = run.path() / round / "evaluate";
    std::string json = read_file(sets / "set" / "report.json");
    const auto at = json.find("held_out");
    ASSERT_NE(at, json.npos);
    fs::create_directory(sets / "real");
    write_file_atomically(sets / "real" / "report.json", json.replace(at, 8, "real"));
  }
  const std::string page = page_of(run);
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_EQ(count(page, "class='set'>"), 2u);
  const auto second = page.find("class='set'>real<small>4 hums, ");
  ASSERT_NE(second, page.npos);
  EXPECT_LT(page.find("class='set'>held_out<small>4 hums, "), second);
  const std::string below = page.substr(second);
  EXPECT_THAT(row_of(below, "baseline"),
              HasSubstr("<td>0.500<small>0.50 to 0.50</small><small>songs 0.50 to 0.50</small></td>"));
  EXPECT_THAT(row_of(below, "M₁"), HasSubstr("<td>0.875<small>"));
  EXPECT_THAT(row_of(below, "M₁"), Not(HasSubstr("accepted")));  // a round's, not a set's
}

TEST(Report, HasATableForTheConsole) {
  const ReportRun run;
  EXPECT_EQ(run_table(run.path()),
            "               relevant uncertain precision  recall coverage alignment s  MRR held_out\n"
            "baseline                                                                         0.500\n"
            "M_0                   -         -         -       -        -           -         0.500\n"
            "M_1                   2         1     0.500   0.500    0.550       0.020         0.875\n");
  fs::remove_all(run.path() / "round_01" / "evaluate");
  fs::remove_all(run.path() / "round_01" / "mine");
  EXPECT_THAT(run_table(run.path()), HasSubstr("M_1                   -         -         -"));
}

TEST(Report, DrawsFragmentsAndMatchesAgainstTheTruth) {
  const ReportRun run;
  const std::string page = page_of(run);
  EXPECT_EQ(count(page, "class='timeline'"), 1u);
  EXPECT_THAT(
      page,
      HasSubstr(
          "fragment 1 in tune_cover01, 7.02 to 17.02 s, correlation 0.900, relevant, right, off by 20 ms"));
  EXPECT_THAT(page,
              HasSubstr("fragment 2 in tune_cover01, 25.00 to 37.00 s, correlation 0.600, relevant, wrong<"));
  EXPECT_THAT(page, HasSubstr("uncertain, wrong: the recording has no counterpart"));
  EXPECT_THAT(page, HasSubstr("truth: fragment 2, 22.00 to 34.00 s"));
  EXPECT_THAT(page, HasSubstr("class='flag'>no counterpart!"));
  EXPECT_THAT(page, HasSubstr("3 matches in 2 covers, 1 of them right"));
}

TEST(Report, LetsOriginalAndCoversBeHeard) {
  const ReportRun run;
  const std::string page = page_of(run);
  // The first fragment with both its matches; the second is the mistake.
  EXPECT_EQ(count(page, "<article>"), 2u);
  EXPECT_EQ(count(page, "src='data:audio/mpeg;base64,"), 5u);
  EXPECT_THAT(page, HasSubstr("a mistake"));
  EXPECT_THAT(page, HasSubstr("wrong: another song"));
  EXPECT_THAT(page, HasSubstr("wrong place"));
  EXPECT_EQ(count(page_of(run, {.audio_groups = 1}), "<article>"), 1u);
  EXPECT_EQ(count(page_of(run, {.audio_groups = 0}), "<audio"), 0u);
  EXPECT_EQ(count(page_of(run, {.timeline_songs = 0}), "class='timeline'"), 0u);
}

TEST(Report, StaysSmallWithAllTheAudioThatItMayHold) {
  const ReportRun run;
  mining::MinedSet set = run.mined();
  set.rows.clear();
  set.candidates.clear();
  for (int group = 0; group < 12; ++group) {
    for (const std::string& id : {run.original(), run.cover(1), run.cover(2)}) {
      datasets::FragmentRow row;
      row.group_id = "tune_r01_" + std::to_string(group);
      row.fragment_id = std::to_string(group);
      row.id = row.recording_id = id;
      row.audio_type =
          id == run.original() ? datasets::RecordingKind::kOriginal : datasets::RecordingKind::kCover;
      row.interval = {group * 1.0, group + 30.0};  // longer than a clip may be
      row.verdict = datasets::Verdict::kRelevant;
      set.rows.push_back(row);
    }
  }
  run.write_mined(set);
  const std::string page = page_of(run);
  EXPECT_EQ(count(page, "<audio"), 18u);
  EXPECT_LT(page.size(), 4'000'000u);
}

TEST(Report, IsSelfContained) {
  const ReportRun run;
  const std::string page = page_of(run);
  for (const char* outside :
       {"http:", "https:", "<script", "<link", "@import", "url(", "<iframe", "<img", "<object", " onload"})
    EXPECT_EQ(count(page, outside), 0u) << outside;
  EXPECT_EQ(count(page, "src="), count(page, "src='data:"));
  EXPECT_EQ(count(page, "href="), count(page, "href='#"));
  for (size_t at = page.find("href='#"); at != page.npos; at = page.find("href='#", at + 1)) {
    const std::string id = page.substr(at + 7, page.find('\'', at + 7) - at - 7);
    EXPECT_THAT(page, HasSubstr("id='" + id + "'"));
  }
}

TEST(Report, SpeaksToThoseWhoCannotSeeIt) {
  const std::string page = page_of(ReportRun());
  EXPECT_THAT(page, HasSubstr("<html lang='en'>"));
  EXPECT_EQ(count(page, "<h1>"), 1u);
  // A drawing has words of its own or is hidden as an ornament.
  EXPECT_EQ(count(page, "<svg"), count(page, "role='img' aria-label='") + count(page, "aria-hidden='true'"));
  EXPECT_EQ(count(page, "<audio"), count(page, "aria-label='tune_"));
}

TEST(PropertyReport, EqualRunsGiveEqualBytes) {
  const ReportRun run;
  const std::string first = page_of(run);
  EXPECT_EQ(page_of(run), first);
}

TEST(Report, ShowsHostileNamesAsTheyAre) {
  const std::string evil = "\"'><script>alert(1)</script>&amp;\x01";
  std::string song = evil;
  song.erase(song.find('\x01'));  // an id of an HDF5 table and of a CSV
  const ReportRun run({.song = song, .set = evil, .loss = evil, .reason = evil, .command = evil});
  const std::string page = page_of(run);
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_EQ(count(page, "<script"), 0u);
  EXPECT_EQ(count(page, "\x01"), 0u);
  EXPECT_GT(count(page, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"), 10u);
}

TEST(Report, LeavesOutWhatIsNotThere) {
  struct Case {
    std::vector<std::string> removed;
    std::vector<std::string> gone, kept;
  };
  const std::vector<Case> cases = {
      {{"run/experiment.yaml"},
       {"<summary>Configuration", "class='thin", "<audio"},
       {"id='timelines'", "id='rounds'"}},
      {{"run/provenance.json"}, {"begun 2025"}, {"id='rounds'"}},
      {{"run/round_00/evaluate", "run/round_01/evaluate"},
       {"MRR by round", "baseline</th>"},
       {"accepted", "id='mining'"}},
      {{"run/round_00/evaluate"}, {"baseline</th>", "+0."}, {"0.875"}},
      {{"run/round_00/train", "run/round_01/train"}, {"id='training'"}, {"id='mining'"}},
      {{"run/round_01/mine/summary.json"}, {"id='mining'", "by M₀</th>"}, {"class='timeline'", "<audio"}},
      {{"run/round_01/mine/mined.csv"}, {"class='timeline'", "<audio"}, {"id='mining'"}},
      {{"run/round_01/mine"}, {"id='mining'", "id='timelines'"}, {"0.875"}},
      {{"run/round_01/round.json"}, {}, {"in progress", "0.875"}},
      {{"run/round_00/round.json", "run/round_01/round.json"}, {"in progress", "accepted"}, {"0.875"}},
      {{"run/round_00"}, {"+0."}, {"0.875"}},
      {{"run/round_01"}, {"id='mining'", "0.875"}, {"id='training'"}},
      {{"run/round_00", "run/round_01"},
       {"id='rounds'", "id='training'"},
       {"Nothing has been evaluated yet", "Configuration"}},
      {{"shards"}, {"<audio"}, {"class='timeline'", "Without audio, since the shards cannot be read"}},
      {{"truth.csv"},
       {"class='thin", "off by 20 ms", "of them right</small>"},
       {"class='timeline'", "<audio", "is not there any more"}}};
  for (const Case& c : cases) {
    SCOPED_TRACE(::testing::PrintToString(c.removed));
    const ReportRun run;
    for (const std::string& name : c.removed) ASSERT_GT(fs::remove_all(run.folder() / name), 0u);
    const std::string page = page_of(run);
    EXPECT_EQ(markup_problem(page), "");
    for (const std::string& text : c.gone) EXPECT_EQ(count(page, text), 0u) << text;
    for (const std::string& text : c.kept) EXPECT_GT(count(page, text), 0u) << text;
  }
}

TEST(Report, ShardsAndTruthFromElsewhereTakeThePlaceOfTheRuns) {
  const ReportRun run;
  fs::rename(run.folder() / "shards", run.folder() / "moved");
  fs::rename(run.folder() / "truth.csv", run.folder() / "moved.csv");
  const std::string page =
      page_of(run, {.shards = run.folder() / "moved", .truth = run.folder() / "moved.csv"});
  EXPECT_EQ(count(page, "<audio"), 5u);
  EXPECT_THAT(page, HasSubstr("off by 20 ms"));
}

TEST(Report, RecordingsThatTheShardsLackAreSaid) {
  const ReportRun run;
  std::string table = run.read("round_01/mine/mined.csv");
  for (size_t at = table.find("tune_original"); at != table.npos; at = table.find("tune_original", at + 1))
    table.replace(at, 13, "lost_original");
  run.write("round_01/mine/mined.csv", table);
  const std::string page = page_of(run);
  EXPECT_EQ(count(page, "<audio"), 0u);
  EXPECT_THAT(page, HasSubstr("Without audio: shards: lost_original: is not in them"));
}

TEST(Report, FiguresWithNothingToCountAreDashes) {
  const ReportRun run;
  mining::MinedSet set = run.mined();
  std::erase_if(set.rows, [](const auto& row) { return row.audio_type == datasets::RecordingKind::kCover; });
  set.candidates.clear();
  run.write_mined(set);
  const std::string page = page_of(run);
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_THAT(row_of(page, "by M₀"), HasSubstr("<td>–</td>"));
  const std::string figures =
      page.substr(page.find("<main>"), page.find("id='details'") - page.find("<main>"));
  EXPECT_EQ(count(figures, "nan"), 0u);
  EXPECT_EQ(count(figures, "inf"), 0u);
}

TEST(Report, AnyNumberOfRoundsKeepsLinesApart) {
  const ReportRun run;
  for (int round = 2; round < 14; ++round)
    fs::copy(run.file("round_01"), run.file(fmt::format("round_{:02}", round)), fs::copy_options::recursive);
  const std::string page = page_of(run, {.audio_groups = 0});
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_THAT(row_of(page, "M₁₃"), HasSubstr("+0.000"));
  EXPECT_THAT(page, HasSubstr("Of 14 rounds the first and the last 5 are drawn."));
  EXPECT_EQ(count(page, "Correlations found by"), 2 * 6u);  // title and description
}

TEST(Report, ARejectedModelDoesNotMineAndTheEndHasItsReason) {
  const ReportRun run;
  const auto outcome = [&](int round, bool accepted, const std::string& reason,
                           const std::string& stop_reason) {
    nlohmann::json json = nlohmann::json::parse(run.read("round_01/round.json"));
    json["accepted"] = accepted;
    json["reason"] = reason;
    json["stop_reason"] = stop_reason;
    run.write(fmt::format("round_{:02}/round.json", round), json.dump());
  };
  fs::copy(run.file("round_01"), run.file("round_02"), fs::copy_options::recursive);
  outcome(1, false, "MRR <fell>", "");
  outcome(2, true, "", "nothing more is found");
  const std::string page = page_of(run);
  EXPECT_THAT(row_of(page, "M₁"), HasSubstr("rejected</span><small class='wrap'>MRR &lt;fell&gt;"));
  EXPECT_EQ(count(page, "<th scope='row'>by M₀<small>for M₁"), 1u);
  EXPECT_EQ(count(page, "<th scope='row'>by M₀<small>for M₂"), 1u);
  EXPECT_THAT(page, HasSubstr("The loop ended after M₂: nothing more is found."));
  EXPECT_THAT(page, HasSubstr("<p class='result'>M₂ finds"));
  outcome(2, false, "", "");
  EXPECT_THAT(page_of(run), HasSubstr("<p class='result'>M₀ finds"));
}

TEST(Report, ARunBeingWrittenIsReadAsFarAsItIs) {
  const ReportRun run;
  run.write("round_00/train/metrics.jsonl", run.read("round_00/train/metrics.jsonl") + "{\"step\": 40, \"ta");
  EXPECT_EQ(markup_problem(page_of(run)), "");
  run.write("round_00/train/metrics.jsonl", "");
  EXPECT_EQ(markup_problem(page_of(run)), "");
  fs::create_directories(run.file("round_02/train"));
  EXPECT_THAT(row_of(page_of(run), "M₂"), HasSubstr("in progress"));
}

TEST(Report, RefusesDamagedFilesByName) {
  const std::string kSummary = "round_01/mine/summary.json", kMined = "round_01/mine/mined.csv";
  struct Case {
    std::string file, content, message;
  };
  const ReportRun good;
  const auto cut = [&](const std::string& name) {
    return good.read(name).substr(0, good.read(name).size() / 2);
  };
  const auto replaced = [&](const std::string& name, const std::string& from, const std::string& to) {
    std::string text = good.read(name);
    return text.replace(text.find(from), from.size(), to);
  };
  const std::string report = "round_00/evaluate/set/report.json";
  const std::vector<Case> cases = {
      {report, cut(report), "report.json: is damaged"},
      {report, "[]", "report.json: is damaged"},
      {report, replaced(report, "\"rank\"", "\"rang\""), "key 'rank' not found"},
      {"round_00/round.json", "{}", "round.json: is damaged"},
      {kSummary, cut(kSummary), "summary.json: is damaged"},
      {kSummary, replaced(kSummary, "\"high\": 1", "\"high\": -1"), "yield.histogram needs 100 counts"},
      {kMined, "group_id\n", "mined.csv"},
      {kMined, replaced(kMined, ",original,", ",cover,"), "its original must be its first row"},
      {"round_00/train/metrics.jsonl", "nonsense\n{\"step\":1,\"tag\":\"a\",\"value\":1}\n",
       "metrics.jsonl: line 1: is damaged"},
      {"provenance.json", "{", "provenance.json: is damaged"},
      {"experiment.yaml", "nonsense: 1\n", "experiment.yaml:1: nonsense: unknown key"}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.file + ": " + c.content.substr(0, 40));
    const ReportRun run;
    run.write(c.file, c.content);
    try {
      write_run_report(run.path());
      ADD_FAILURE() << "was not refused";
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), HasSubstr(c.message));
    }
    EXPECT_FALSE(fs::exists(run.file("report.html")));
  }
}

TEST(Report, RefusesWhatIsNoRun) {
  const melomine::testing::TempFolder folder;
  EXPECT_THROW(write_run_report(folder / "nowhere"), DataError);
  EXPECT_THROW(write_run_report(folder.path()), DataError);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace melomine::report
