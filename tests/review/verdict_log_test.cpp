#include "review/verdict_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/review/review_rows.h"
#include "tests/support/temp_folder.h"

namespace melomine::review {
namespace {

using melomine::testing::TempFolder;
using testing::judgement_of_pair;

TEST(VerdictLog, GivesBackWhatWasAppended) {
  const TempFolder folder;
  const auto path = folder / kVerdictsFile;
  EXPECT_TRUE(read_verdicts(path).judgements.empty());
  Judgement hostile = judgement_of_pair(1, "a \"b\"\n{}\t, <img onerror=x>", Answer::kSame);
  hostile.pair.recording_id = "../../é\r\n\"";
  append_verdict(path, hostile);
  append_verdict(path, judgement_of_pair(2, "anna", Answer::kWithdrawn));
  const VerdictLog log = read_verdicts(path);
  ASSERT_EQ(log.judgements.size(), 2U);
  EXPECT_EQ(log.damaged, 0);
  EXPECT_EQ(log.judgements[0].pair, hostile.pair);
  EXPECT_EQ(log.judgements[0].reviewer, hostile.reviewer);
  EXPECT_EQ(log.judgements[1].answer, Answer::kWithdrawn);
  const std::string text = read_file(path);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(VerdictLog, PassesOverWhatIsNoJudgement) {
  const std::string good = judgement_line(judgement_of_pair(1, "anna", Answer::kSame));
  EXPECT_EQ(parse_verdicts(good + "\n  \n" + good).judgements.size(), 2U);
  for (const std::string& bad :
       {std::string("{"), std::string("[]"), std::string("null"), good.substr(0, good.size() / 2),
        std::string(R"({"original_id":"a","original":[2,1],"recording_id":"b","place":[0,1]})"),
        std::string("\xff\xfe")}) {
    std::string text = good;
    for (const std::string& more : {bad, std::string("\n"), good}) text += more;
    const VerdictLog log = parse_verdicts(text);
    EXPECT_EQ(log.judgements.size(), 2U) << bad;
    EXPECT_EQ(log.damaged, 1) << bad;
  }
}

TEST(VerdictLog, ALineCutShortAnywhereCostsThatLineAlone) {
  const TempFolder folder;
  const auto path = folder / kVerdictsFile;
  const std::string line = judgement_line(judgement_of_pair(1, "anna", Answer::kSame));
  for (size_t kept = 1; kept < line.size(); kept += kept + 8 < line.size() ? 7 : 1) {
    write_file_atomically(path, line + line.substr(0, kept));
    append_verdict(path, judgement_of_pair(2, "ben", Answer::kDifferent));
    const VerdictLog log = read_verdicts(path);
    // All but the line break is a whole line.
    const size_t whole = kept + 1 == line.size() ? 3 : 2;
    ASSERT_EQ(log.judgements.size(), whole) << kept;
    EXPECT_EQ(log.damaged, whole == 3 ? 0 : 1);
    EXPECT_EQ(log.judgements.back().reviewer, "ben");
  }
}

TEST(VerdictLog, ReviewersHaveNames) {
  EXPECT_EQ(checked_reviewer("  Anna B. "), "Anna B.");
  EXPECT_THROW(checked_reviewer(" \t"), DataError);
  EXPECT_THROW(checked_reviewer(std::string(101, 'x')), DataError);
  EXPECT_THROW(checked_reviewer("\xff"), DataError);
  EXPECT_THROW(parse_answer("yes"), DataError);
}

TEST(VerdictLog, AFolderThatIsNotThereIsTold) {
  const TempFolder folder;
  EXPECT_THROW(append_verdict(folder / "no/verdicts.jsonl", judgement_of_pair(1, "a", Answer::kSame)),
               DataError);
}

/// A process that appends until it is killed. Each of its lines says how many it has written.
pid_t start_appending(const std::filesystem::path& path, const std::string& reviewer, int most) {
  const pid_t child = fork();
  if (child != 0) return child;
  for (int i = 0; i < most; ++i) {
    Judgement judgement = judgement_of_pair(i, reviewer, Answer::kSame);
    judgement.group_id = std::string(static_cast<size_t>(i % 50) * 100, 'x');
    append_verdict(path, judgement);
  }
  _exit(0);
}

TEST(CrashReview, ProcessesAppendAndAreKilledWithoutHarm) {
  const TempFolder folder;
  const auto path = folder / kVerdictsFile;
  constexpr int kWhole = 60;
  const pid_t lasting[] = {start_appending(path, "one", kWhole), start_appending(path, "two", kWhole)};
  for (int kill_after_ms = 1; kill_after_ms < 12; ++kill_after_ms) {
    const pid_t killed = start_appending(path, "killed", 100000);
    usleep(static_cast<useconds_t>(kill_after_ms) * 1500);
    kill(killed, SIGKILL);
    waitpid(killed, nullptr, 0);
  }
  for (const pid_t child : lasting) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  std::map<std::string, int> lines;
  const VerdictLog log = read_verdicts(path);
  for (const Judgement& judgement : log.judgements) ++lines[judgement.reviewer];
  EXPECT_EQ(lines["one"], kWhole);
  EXPECT_EQ(lines["two"], kWhole);
  EXPECT_LE(log.damaged, 11);  // at most what a kill was in the middle of
  // Of each the lines are in the order they were written.
  double last = -1;
  for (const Judgement& judgement : log.judgements)
    if (judgement.reviewer == "one") {
      EXPECT_GT(judgement.pair.place.start_s, last);
      last = judgement.pair.place.start_s;
    }
}

}  // namespace
}  // namespace melomine::review
