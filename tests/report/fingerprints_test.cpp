#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "evaluation/fingerprint_sample.h"
#include "report/report.h"
#include "review/verdict_log.h"
#include "tests/report/report_run.h"
#include "tests/support/markup.h"

namespace melomine::report {
namespace {

using evaluation::ItemRole;
using evaluation::ProjectedFingerprint;
using melomine::testing::count;
using melomine::testing::markup_problem;
using melomine::testing::ReportRun;
using ::testing::HasSubstr;
using ::testing::Not;

std::string silent_page_of(const ReportRun& run) {
  std::string page = read_file(write_run_report(run.path(), {.audio_groups = 0}));
  EXPECT_EQ(markup_problem(page), "");
  return page;
}

/// Two songs, each with two hums and an original; songs lie 6 apart, sides 2, recordings 0.1.
std::vector<ProjectedFingerprint> planted(const std::string& first_song) {
  std::vector<ProjectedFingerprint> all;
  for (const auto& [song, x] : {std::pair{first_song, -3.0}, {std::string("other"), 3.0}}) {
    all.push_back({"model", ItemRole::kReference, song + "_original", song, 1, {x, -1}, 0});
    all.push_back({"model", ItemRole::kQuery, song + "_hum1", song, 2, {x, 1}, 0});
    all.push_back({"model", ItemRole::kQuery, song + "_hum2", song, 2.5, {x + 0.1, 1}, 0});
  }
  all.push_back({"another", ItemRole::kQuery, "hum", "third", 2.5, {0, 0}, 0});
  return all;
}

TEST(Fingerprints, AreDrawnBySongAndBySide) {
  const ReportRun run;
  EXPECT_THAT(silent_page_of(run), Not(HasSubstr("id='fingerprints'")));
  run.write("round_01/evaluate/set/fingerprints.csv", evaluation::fingerprints_csv(planted("tune")));
  const std::string page = silent_page_of(run);
  const auto begin = page.find("<section id='fingerprints'>");
  ASSERT_NE(begin, page.npos);
  const std::string section = page.substr(begin, page.find("</section>", begin) - begin);
  EXPECT_THAT(section, HasSubstr("<strong>held_out, M₁.</strong>"));
  EXPECT_EQ(count(section, "<g class='point' "), 6u + 2)
      << "of the first system, and two songs in the legend";
  EXPECT_EQ(count(section, "style='--hue:180'"), 3u + 1);
  EXPECT_THAT(section, HasSubstr("<title>tune, tune_hum2 2.5 s</title>"));
  // Squares: 54.02 along x, 6 along y.
  EXPECT_THAT(section, HasSubstr("first axis, 90.0 % of the variance"));
  EXPECT_THAT(section, HasSubstr("second axis, 10.0 % of the variance"));
  EXPECT_THAT(section, HasSubstr("On the first 2 axes (100 % of the variance)"));
  // Hums lie next to hums of their song, originals next to a hum; of 5 others 2 are of the song.
  EXPECT_THAT(section, HasSubstr("same song in 100 % (40 % by chance)"));
  EXPECT_THAT(section, HasSubstr("query or original, in 67 % (47 %)"));
}

TEST(Fingerprints, OfTheFirstSetAlsoBeforeTheLoop) {
  const ReportRun run;
  for (const char* round : {"round_00", "round_01"})
    run.write(std::string(round) + "/evaluate/set/fingerprints.csv",
              evaluation::fingerprints_csv(planted("tune")));
  const std::string page = silent_page_of(run);
  EXPECT_LT(page.find("<strong>held_out, M₀.</strong>"), page.find("<strong>held_out, M₁.</strong>"));
}

TEST(Fingerprints, HostileNamesAreText) {
  const ReportRun run;
  run.write("round_01/evaluate/set/fingerprints.csv",
            evaluation::fingerprints_csv(planted("</title><script>alert(1)</script>'\"&")));
  EXPECT_EQ(count(silent_page_of(run), "<script"), 0u);
}

TEST(Fingerprints, ADamagedTableIsNamed) {
  const ReportRun run;
  run.write("round_01/evaluate/set/fingerprints.csv", "system\n");
  EXPECT_THROW(silent_page_of(run), DataError);
}

TEST(ReportReview, CountsAnswersAgreementAndWhatTheyMakeOfTheMinedSet) {
  const ReportRun run;
  EXPECT_THAT(silent_page_of(run), Not(HasSubstr("id='review'")));
  const auto mined = run.mined();
  const auto say = [&](const std::string& reviewer, size_t row, review::Answer answer) {
    const auto& match = mined.rows[row];
    const datasets::FragmentRow* original = &mined.rows[row];
    while (original->audio_type != datasets::RecordingKind::kOriginal) --original;
    review::append_verdict(run.file("verdicts.jsonl"), {.pair = {original->recording_id, original->interval,
                                                                 match.recording_id, match.interval},
                                                        .reviewer = reviewer,
                                                        .answer = answer});
  };
  // Rows: original, cover01, cover02; original, cover01.
  say("an<n>a", 1, review::Answer::kSame);
  say("bo", 1, review::Answer::kSame);
  say("an<n>a", 2, review::Answer::kDifferent);
  say("an<n>a", 4, review::Answer::kSame);
  say("bo", 4, review::Answer::kDifferent);
  const std::string page = silent_page_of(run);
  EXPECT_THAT(page, HasSubstr("People judged 3 mined pairs; answers of an&lt;n&gt;a 3, bo 2."));
  EXPECT_THAT(page, HasSubstr("Of 2 pairs that several could tell 1 are unanimous"));
  EXPECT_THAT(page, HasSubstr("<th scope='row'>by M₀</th><td>1</td><td>1</td><td>1</td>"));
  const auto figures = nlohmann::json::parse(run.read("figures.json"));
  EXPECT_EQ(figures["review"]["rounds"][0]["rejected"], 1);
  EXPECT_EQ(figures["review"]["answers_of"]["bo"], 2);
}

}  // namespace
}  // namespace melomine::report
