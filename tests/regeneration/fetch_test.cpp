#include "regeneration/fetch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regeneration/fetch_state.h"
#include "tests/regeneration/made_table.h"
#include "tests/support/wav_file.h"

namespace melomine::regeneration {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MadeTable;
using testing::refusal;

/// A downloader whose answer is the first part of an id: ok_1, e404_2, …. `later` fails once.
constexpr const char* kProgram = R"sh(
id="$2" into="$3" good="$4" count="$5/$2"
echo x >> "$count"
case "$id" in
  ok_*) cp "$good" "$into/any.wav" ;;
  later_*) if [ "$(wc -l < "$count")" -gt 1 ]; then cp "$good" "$into/a.wav"; else echo "HTTP Error 503" >&2; exit 1; fi ;;
  e404_*) echo "HTTP Error 404: Not Found" >&2; exit 1 ;;
  e403_*) echo "HTTP Error 403: Forbidden" >&2; exit 1 ;;
  e429_*) echo "HTTP Error 429: Too Many Requests" >&2; exit 1 ;;
  hang_*) sleep 20 ;;
  half_*) head -c 30000 "$good" > "$into/a.wav" ;;
  wrong_*) head -c 4000 /dev/zero > "$into/a.zip" ;;
  html_*) echo "<!DOCTYPE html><html>sorry</html>" > "$into/a.mp4" ;;
  empty_*) : > "$into/a.mp4" ;;
  exit_*) exit 1 ;;
  nothing_*) exit 0 ;;
  human_*) echo "Sign in to confirm you're not a bot" >&2; exit 1 ;;
esac
)sh";

/// A table that wants 3 s of each id, and the downloader.
class Fetch : public ::testing::Test {
 protected:
  WantedFragments want(const std::vector<std::string>& ids) {
    std::string rows;
    for (const std::string& id : ids)
      rows += fmt::format("g,1,{0},cover,{0},\"(0, 3)\",1,False,True,3\n", id);
    write_file_atomically(made_.table(), testing::kHeader + rows);
    write_file_atomically(made_.path("program.sh"), kProgram);
    fs::create_directories(made_.path("counts"));
    testing::write_wav(made_.path("good.wav"), testing::sine(300, 3));
    options_.command = {"sh",
                        made_.path("program.sh"),
                        "--",
                        "{id}",
                        "{folder}",
                        made_.path("good.wav"),
                        made_.path("counts")};
    options_.into = made_.path("audio");
    options_.state = made_.path("fetch.csv");
    options_.per_hour = 0;
    options_.back_off_s = 0;
    options_.timeout_s = 0.4;
    options_.attempts = 2;
    return read_wanted(made_.table());
  }
  FetchSummary run(const WantedFragments& wanted) {
    RunObserver silent;
    return fetch(wanted.sources, options_, silent);
  }
  FetchRecord record(const std::string& id) { return FetchState(options_.state).of(id); }

  MadeTable made_{""};
  FetchOptions options_;
};

TEST_F(Fetch, EveryWayOfFailingHasItsEnd) {
  const auto wanted = want({"ok_1", "e404_2", "later_3", "e403_4", "e429_5", "hang_6", "half_7", "wrong_8",
                            "html_9", "empty_10", "exit_11", "nothing_12"});
  const FetchSummary summary = run(wanted);
  EXPECT_EQ(summary.wanted, 12);
  EXPECT_EQ(summary.done, 2);
  EXPECT_EQ(summary.permanent, 1);
  EXPECT_EQ(summary.stopped, "");
  const auto expect = [&](const std::string& id, FetchProgress state, const char* reason, int64_t attempts) {
    const FetchRecord found = record(id);
    EXPECT_EQ(found.state, state) << id;
    EXPECT_EQ(found.reason, reason) << id;
    EXPECT_EQ(found.attempts, attempts) << id;
  };
  using enum FetchProgress;
  expect("ok_1", kDone, "", 1);
  expect("e404_2", kPermanent, "removed", 1);
  expect("later_3", kDone, "", 2);
  expect("e403_4", kTemporary, "forbidden", 2);
  expect("e429_5", kTemporary, "throttled", 2);
  expect("hang_6", kTemporary, "time_out", 2);
  expect("wrong_8", kTemporary, "no_audio", 2);
  expect("html_9", kTemporary, "html", 2);
  expect("empty_10", kTemporary, "empty", 2);
  expect("exit_11", kTemporary, "exit_status", 2);
  expect("nothing_12", kTemporary, "no_file", 2);
  expect("half_7", kTemporary, "damaged", 2);
  EXPECT_TRUE(fs::exists(made_.path("audio/ok_1.wav")));
  EXPECT_FALSE(fs::exists(made_.path("audio/half_7.wav")));
  EXPECT_NEAR(record("ok_1").duration_s, 3, 0.01);
  EXPECT_EQ(summary.reasons.at("removed"), 1);
}

TEST_F(Fetch, WhatComesTwiceTooShortIsWhatThereIs) {
  const auto wanted = want({"ok_1"});
  testing::write_wav(made_.path("good.wav"), testing::sine(300, 2));
  run(wanted);
  EXPECT_EQ(record("ok_1").state, FetchProgress::kPermanent);
  EXPECT_EQ(record("ok_1").reason, "too_short");
}

TEST_F(Fetch, GoesOnAndTriesAgainOnlyWhatFailedForNow) {
  const auto wanted = want({"ok_1", "e404_2", "e403_3"});
  run(wanted);
  EXPECT_EQ(run(wanted).fetched_now, 0);
  EXPECT_EQ(record("e403_3").attempts, 2);
  options_.retry = true;
  run(wanted);
  const auto tries = [&](const std::string& id) { return read_file(made_.path("counts/" + id)).size() / 2; };
  EXPECT_EQ(tries("ok_1"), 1u);
  EXPECT_EQ(tries("e404_2"), 1u);
  EXPECT_EQ(tries("e403_3"), 4u);
  fs::remove(made_.path("audio/ok_1.wav"));
  EXPECT_EQ(run(wanted).fetched_now, 1) << "a recording that was removed is fetched anew";
}

TEST_F(Fetch, StopsWhereTheSiteAsksForAPerson) {
  const auto wanted = want({"ok_1", "human_2", "ok_3"});
  const FetchSummary summary = run(wanted);
  EXPECT_THAT(summary.stopped, HasSubstr("asks for a person"));
  EXPECT_EQ(summary.done, 1);
  EXPECT_EQ(summary.reasons.at("not tried"), 2);
  EXPECT_EQ(record("human_2").attempts, 0) << "no fault of the recording's";
}

TEST_F(Fetch, StopsWhereTheSiteThrottlesOnAndOn) {
  options_.most_throttled = 3;
  const auto wanted = want({"e429_1", "e429_2", "e429_3", "e429_4"});
  EXPECT_THAT(run(wanted).stopped, HasSubstr("3 times in a row"));
  EXPECT_EQ(record("e429_4").attempts, 0);
}

TEST_F(Fetch, KeepsToTheRate) {
  options_.per_hour = 0;
  const auto wanted = want({"ok_1", "ok_2", "ok_3"});
  options_.per_hour = 3600 / 0.3;
  const auto start = std::chrono::steady_clock::now();
  run(wanted);
  EXPECT_GE(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 0.6);
}

TEST(FetchWords, ArePartedAsAShellWould) {
  EXPECT_THAT(words_of("yt-dlp -o '{folder}/a b.%(ext)s' \"{url}\" c\\ d ''"),
              ElementsAre("yt-dlp", "-o", "{folder}/a b.%(ext)s", "{url}", "c d", ""));
  EXPECT_THAT(refusal([] { words_of("a 'b"); }), HasSubstr("a quote is not closed"));
  EXPECT_THAT(refusal([] { words_of("  "); }), HasSubstr("the command is empty"));
}

TEST_F(Fetch, RefusesWhatCannotWork) {
  const auto wanted = want({"ok_1"});
  options_.command = {"yt-dlp", "{id}"};
  EXPECT_THAT(refusal([&] { run(wanted); }), HasSubstr("an id may begin with '-'"));
  options_.command = {"no-such-program-here", "{url}"};
  EXPECT_THAT(refusal([&] { run(wanted); }), HasSubstr("there is no program 'no-such-program-here'"));
}

}  // namespace
}  // namespace melomine::regeneration
