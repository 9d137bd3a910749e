#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "core/atomic_file.h"
#include "core/error.h"
#include "review/crowd_answers.h"
#include "review/crowd_tasks.h"
#include "tests/review/pair_shards.h"

namespace melomine::review {
namespace {

using melomine::testing::TempFolder;
using ::testing::ElementsAre;
using testing::PairShards;
using testing::row_of_match;
using testing::row_of_original;

/// Two songs, each with relevant and uncertain matches.
std::vector<datasets::FragmentRow> two_songs() {
  std::vector<datasets::FragmentRow> rows;
  for (const std::string song : {"a", "b"}) {
    const auto original = row_of_original(song, {4, 12});
    rows.push_back(original);
    for (int i = 0; i < 20; ++i)
      rows.push_back(row_of_match(original, fmt::format("{}_{}", song, i), 3, 0.98 - 0.03 * i));
  }
  return rows;
}

std::vector<QueuedPair> queue() {
  auto pairs = pairs_of(two_songs(), Among::kUncertain);
  order_pairs(pairs, {.relevant = 0.65});
  return pairs;
}

TEST(CrowdTasks, MixControlQuestionsIn) {
  const auto tasks = draw_tasks(queue(), two_songs(), {.pairs = 10, .controls = 0.4, .seed = 3});
  ASSERT_EQ(tasks.size(), 14U);
  std::set<std::string> ids;
  int64_t same = 0, different = 0;
  for (const CrowdTask& task : tasks) {
    ids.insert(task.task_id);
    if (task.expected == Answer::kSame) {
      ++same;
      EXPECT_EQ(task.pair.original_id.substr(0, 1), task.pair.recording_id.substr(0, 1));
    }
    if (task.expected != Answer::kDifferent) continue;
    ++different;
    EXPECT_NE(task.pair.original_id.substr(0, 1), task.pair.recording_id.substr(0, 1));
  }
  EXPECT_EQ(ids.size(), 14U);
  EXPECT_EQ(same, 2);
  EXPECT_EQ(different, 2);
  const auto none = draw_tasks(queue(), two_songs(), {.pairs = 3, .controls = 0});
  EXPECT_EQ(none.size(), 3U);
}

TEST(CrowdTasks, NeedTwoSongsForControlQuestions) {
  auto rows = two_songs();
  rows.resize(21);
  EXPECT_THROW(draw_tasks(queue(), rows, {.pairs = 3}), DataError);
}

std::vector<CrowdTask> hostile_tasks() {
  std::vector<CrowdTask> tasks;
  const auto pairs = PairShards::pairs();
  tasks.reserve(pairs.size());
  for (const QueuedPair& pair : pairs)
    tasks.push_back(
        {.task_id = "t" + std::to_string(tasks.size()), .pair = pair.pair, .group_id = "=cmd\t\n\"x\","});
  tasks[0].expected = Answer::kSame;
  tasks[1].expected = Answer::kDifferent;
  return tasks;
}

TEST(CrowdTasks, AreWrittenWithClipsAndReadBack) {
  const TempFolder folder;
  const PairShards shards({"\tTitle\n=1+1", "<b>", "\"'"});
  const PairClips clips(shards.store(), {});
  export_tasks(folder / "tasks", hostile_tasks(), clips);
  std::istringstream table(read_file(folder / "tasks/tasks.tsv"));
  std::string line;
  std::getline(table, line);
  EXPECT_EQ(line, "task_id\toriginal\tother");
  int rows = 0;
  while (std::getline(table, line)) {
    EXPECT_EQ(std::count(line.begin(), line.end(), '\t'), 2) << line;
    const std::string clip = line.substr(line.rfind('\t') + 1);
    EXPECT_EQ(clip.find_first_not_of("clips/0123456789abcdef.m3p"), std::string::npos) << clip;
    EXPECT_GT(std::filesystem::file_size(folder / "tasks" / clip), 10000U);
    ++rows;
  }
  EXPECT_EQ(rows, 6);
  const auto key = read_key(folder / "tasks/key.jsonl");
  ASSERT_EQ(key.size(), 6U);
  EXPECT_EQ(key[0].expected, Answer::kSame);
  EXPECT_EQ(key[5].expected, std::nullopt);
  EXPECT_EQ(key[5].pair, hostile_tasks()[5].pair);
  EXPECT_EQ(key[5].group_id, hostile_tasks()[5].group_id);
  EXPECT_THROW(export_tasks(folder / "tasks", hostile_tasks(), clips), DataError);
  write_file_atomically(folder / "bad.jsonl", "{}\n");
  EXPECT_THROW(read_key(folder / "bad.jsonl"), DataError);
}

std::vector<CrowdAnswer> answers_of(const TempFolder& folder, const std::string& text) {
  write_file_atomically(folder / "answers.tsv", text);
  return read_answers(folder / "answers.tsv");
}

TEST(CrowdAnswers, AreReadAsServicesWriteThem) {
  const TempFolder folder;
  const auto answers = answers_of(folder,
                                  "\xEF\xBB\xBFseconds\tanswer\ttask_id\tworker\r\n3\tSAME\tt1\t=HYPERLINK("
                                  "\"x\")\r\n\r\n4\tskip\tt2\tb\r\n");
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].worker, "=HYPERLINK(\"x\")");
  EXPECT_EQ(answers[0].answer, Answer::kSame);
  EXPECT_EQ(answers[1].task_id, "t2");
  for (const char* bad : {"task_id\tworker\nt1\ta\n", "task_id\tworker\tanswer\nt1\ta\tperhaps\n",
                          "task_id\tworker\tanswer\nt1\ta\n", "task_id\tworker\tanswer\nt1\t\tsame\n"})
    EXPECT_THROW(answers_of(folder, bad), DataError) << bad;
}

TEST(CrowdAnswers, TheMajorityOfThoseWhoPassDecides) {
  const auto key = hostile_tasks();  // t0 is the same, t1 is not; t2 to t5 are asked
  std::vector<CrowdAnswer> answers;
  const auto worker = [&](const std::string& name, Answer t0, Answer t1, const std::vector<Answer>& others) {
    answers.push_back({"t0", name, t0});
    answers.push_back({"t1", name, t1});
    for (size_t i = 0; i < others.size(); ++i)
      answers.push_back({"t" + std::to_string(i + 2), name, others[i]});
  };
  const Answer s = Answer::kSame, d = Answer::kDifferent, k = Answer::kSkip;
  worker("good1", s, d, {s, s, s, d});
  worker("good2", s, d, {s, d, k, d});
  worker("good3", s, d, {s, d, s, d});
  worker("all the same", s, s, {s, s, s, s});
  answers.push_back({"t3", "untested", s});
  answers.push_back({"t2", "good1", d});  // changed his mind
  const CrowdOutcome outcome = settle_answers(key, answers, {.least_controls = 0.8, .least_votes = 3});
  EXPECT_EQ(outcome.workers, 5);
  EXPECT_THAT(outcome.dropped, ElementsAre("all the same", "untested"));
  ASSERT_EQ(outcome.judgements.size(), 3U);  // t4 has two votes
  EXPECT_EQ(outcome.undecided, 1);
  EXPECT_EQ(outcome.judgements[0].pair, key[2].pair);
  EXPECT_EQ(outcome.judgements[0].answer, s);
  EXPECT_EQ(outcome.judgements[1].answer, d);
  EXPECT_EQ(outcome.judgements[2].answer, d);
  EXPECT_EQ(outcome.judgements[0].reviewer, kCrowdReviewer);
  answers.push_back({"t99", "good1", s});
  EXPECT_THROW(settle_answers(key, answers, {}), DataError);
}

}  // namespace
}  // namespace melomine::review
