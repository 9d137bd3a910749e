#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>

#include "datasets/fragment_groups.h"
#include "review/queue.h"
#include "review/verdict_log.h"
#include "tests/e2e/loop_experiment.h"
#include "tests/support/started_melomine.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::LoopExperiment;

#define EXPECT_SUCCESS(result)                \
  do {                                        \
    const auto& done = (result);              \
    ASSERT_EQ(done.status, 0) << done.output; \
  } while (false)

testing::CommandResult review(const LoopExperiment& tiny, std::vector<std::string> options) {
  options.insert(options.begin(), {"review", tiny.path("runs/a")});
  return testing::run_melomine(options);
}

TEST(E2eReview, VerdictsFeedTheNextTrainingAndLeaveFinishedOnesAlone) {
  const LoopExperiment tiny;
  const std::vector<std::string> settings = {"mine.match.relevant=0.9"};
  EXPECT_SUCCESS(tiny.loop("train", "a", settings));
  EXPECT_THAT(review(tiny, {}).output, HasSubstr("has no round that is mined"));
  EXPECT_SUCCESS(tiny.loop("mine", "a", settings));
  const std::string log = tiny.run_file("a", review::kVerdictsFile);
  const auto pairs = review::pairs_of(
      datasets::read_fragment_table(tiny.run_file("a", "round_01/mine/mined.csv")), review::Among::kAll);
  ASSERT_GT(pairs.size(), 6U);
  const auto judge = [&](size_t number, const std::string& reviewer, review::Answer answer) {
    review::append_verdict(log, {.pair = pairs[number].pair, .reviewer = reviewer, .answer = answer});
  };
  judge(0, "anna", review::Answer::kSame);
  judge(1, "anna", review::Answer::kDifferent);
  judge(2, "anna", review::Answer::kSame);
  judge(2, "ben", review::Answer::kDifferent);
  EXPECT_THAT(review(tiny, {"--status", "--among", "all"}).output,
              ::testing::AllOf(HasSubstr("2 of them decided (1 the same)"),
                               HasSubstr("1 accepted, 1 rejected, 1 tied"), HasSubstr("anna: 3 lines")));
  EXPECT_SUCCESS(review(tiny, {"--write", tiny.path("reviewed.csv")}));
  const auto reviewed = datasets::read_fragment_table(tiny.path("reviewed.csv"));
  EXPECT_EQ(std::count_if(reviewed.begin(), reviewed.end(),
                          [](const auto& row) { return row.verdict == datasets::Verdict::kRejected; }),
            1);

  const std::vector<std::string> round_1 = {"--round", "1", settings[0]};
  const auto trained = tiny.loop("train", "a", round_1);
  EXPECT_SUCCESS(trained);
  EXPECT_THAT(trained.output, HasSubstr("people accepted 1 pairs and rejected 1; 1 are tied"));
  EXPECT_EQ(read_file(tiny.run_file("a", "round_01/train/verdicts.jsonl")), read_file(log));
  const std::string model = read_file(tiny.run_file("a", "round_01/train/last.safetensors"));

  judge(3, "anna", review::Answer::kSame);
  const auto again = tiny.loop("train", "a", round_1);
  EXPECT_SUCCESS(again);
  EXPECT_THAT(again.output, HasSubstr("before the last 1 of 5 verdicts came"));
  EXPECT_EQ(read_file(tiny.run_file("a", "round_01/train/last.safetensors")), model);

  // Done again on purpose, it uses them all.
  fs::remove_all(tiny.run_file("a", "round_01/train"));
  EXPECT_THAT(tiny.loop("train", "a", round_1).output, HasSubstr("people accepted 2 pairs"));
}

/// The line that is an address, of what a command prints beside its log.
std::string address_in(const std::string& output) {
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("http://") && line.ends_with('/')) return line;
  return {};
}

/// Serves the round, lets a browser review it, and ends.
void browse(const LoopExperiment& tiny) {
  const std::string out = tiny.path("review.txt");
  testing::StartedMelomine server(
      {"review", tiny.path("runs/a"), "--port", "0", "--among", "all", "--order", "random"}, out);
  std::string address;
  for (int look = 0; look < 600 && server.is_running() && address.empty(); ++look) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (fs::exists(out)) address = address_in(read_file(out));
  }
  ASSERT_THAT(address, HasSubstr("http://127.0.0.1:")) << read_file(out);
  if (testing::run_command({"sh", "-c", "command -v chromium"}).status == 0) {
    const auto browsed = testing::run_command({"python3", "-B", "tests/review/browse.py", address, "anna"});
    ASSERT_EQ(browsed.status, 0) << browsed.output;
    EXPECT_EQ(nlohmann::json::parse(browsed.output).at("error"), "");
    const auto judgements = review::read_verdicts(tiny.run_file("a", review::kVerdictsFile)).judgements;
    ASSERT_GE(judgements.size(), 6U);
    EXPECT_EQ(judgements.front().reviewer, "anna");
  }
  EXPECT_EQ(server.end_with(SIGTERM), 0) << read_file(out);
}

TEST(E2eReview, APageIsServedTasksGoOutAndAnswersComeBack) {
  const LoopExperiment tiny;
  for (const char* command : {"train", "mine"})
    EXPECT_SUCCESS(tiny.loop(command, "a", {"mine.match.relevant=0.9"}));
  browse(tiny);
  const std::string tasks = tiny.path("tasks");
  const auto exported =
      review(tiny, {"--export", tasks, "--tasks", "4", "--controls", "0.5", "--among", "all"});
  EXPECT_SUCCESS(exported);
  EXPECT_THAT(exported.output, HasSubstr("6 tasks with their clips"));
  // Three workers who know the controls and find all else the same.
  std::string answers = "task_id\tworker\tanswer\n";
  std::istringstream key(read_file(tasks + "/key.jsonl"));
  for (std::string line; std::getline(key, line);) {
    const auto task = nlohmann::json::parse(line);
    const nlohmann::json& expected = task.at("expected");
    for (const char* worker : {"w1", "w2", "w3"})
      answers += fmt::format("{}\t{}\t{}\n", task.at("task_id").get<std::string>(), worker,
                             expected.is_null() ? "same" : expected.get<std::string>());
  }
  write_file_atomically(tiny.path("answers.tsv"), answers);
  const std::string from = tiny.path("answers.tsv");
  EXPECT_EQ(review(tiny, {"--import", from}).status, 2);  // of which tasks?
  const auto imported = review(tiny, {"--import", from, "--key", tasks + "/key.jsonl"});
  EXPECT_SUCCESS(imported);
  EXPECT_THAT(imported.output, HasSubstr("3 workers, 0 of them dropped; 4 pairs decided, 0 left open"));
  EXPECT_THAT(review(tiny, {"--status", "--among", "all"}).output, HasSubstr("crowd: 4 lines"));
}

}  // namespace
}  // namespace melomine
