#include "review/crowd_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/text.h"
#include "core/utc_time.h"

namespace melomine::review {
namespace {

std::vector<std::string_view> split_tabs(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const size_t tab = line.find('\t');
    cells.push_back(trimmed(line.substr(0, tab)));
    if (tab == std::string_view::npos) return cells;
    line.remove_prefix(tab + 1);
  }
}

/// Where the columns stand that are read.
struct AnswerColumns {
  size_t task_id = 0, worker = 0, answer = 0;
};

AnswerColumns columns_of(const std::filesystem::path& path, const std::vector<std::string_view>& header) {
  const auto find = [&](std::string_view name) {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end())
      throw DataError(path.string(), "line 1",
                      fmt::format("has no column {}; answers need task_id, worker and answer, with tabs "
                                  "between them",
                                  name));
    return static_cast<size_t>(found - header.begin());
  };
  return {.task_id = find("task_id"), .worker = find("worker"), .answer = find("answer")};
}

using AnswersOfWorker = std::map<std::string, Answer>;  ///< by task_id

bool passes(const AnswersOfWorker& answers, const std::map<std::string, const CrowdTask*>& tasks,
            double least) {
  int64_t asked = 0, right = 0;
  for (const auto& [task_id, answer] : answers) {
    const CrowdTask& task = *tasks.at(task_id);
    if (!task.expected) continue;
    ++asked;
    right += answer == *task.expected ? 1 : 0;
  }
  return asked > 0 && static_cast<double>(right) >= least * static_cast<double>(asked);
}

}  // namespace

std::vector<CrowdAnswer> read_answers(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  std::string_view rest = text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  AnswerColumns columns;
  std::vector<CrowdAnswer> answers;
  for (int64_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trimmed(line).empty()) continue;
    const auto cells = split_tabs(line);
    if (number == 1) {
      columns = columns_of(path, cells);
      continue;
    }
    try {
      if (cells.size() <= std::max({columns.task_id, columns.worker, columns.answer}))
        throw DataError("has too few columns");
      answers.push_back({.task_id = std::string(cells[columns.task_id]),
                         .worker = checked_reviewer(cells[columns.worker]),
                         .answer = parse_answer(lower_case(cells[columns.answer]))});
    } catch (const DataError& error) {
      throw DataError(path.string(), fmt::format("line {}", number), error.what());
    }
  }
  return answers;
}

CrowdOutcome settle_answers(const std::vector<CrowdTask>& key, const std::vector<CrowdAnswer>& answers,
                            const CrowdRules& rules) {
  std::map<std::string, const CrowdTask*> tasks;
  for (const CrowdTask& task : key) tasks.emplace(task.task_id, &task);
  std::map<std::string, AnswersOfWorker> workers;
  for (const CrowdAnswer& answer : answers) {
    if (!tasks.contains(answer.task_id))
      throw DataError(fmt::format("there is no task '{}' in the key; is it that of these answers?",
                                  replace_invalid_utf8(answer.task_id)));
    workers[answer.worker][answer.task_id] = answer.answer;
  }
  CrowdOutcome outcome{.judgements = {}, .workers = static_cast<int64_t>(workers.size())};
  std::map<std::string, Votes> votes;
  for (const auto& [worker, of_worker] : workers) {
    if (!passes(of_worker, tasks, rules.least_controls)) {
      outcome.dropped.push_back(worker);
      continue;
    }
    for (const auto& [task_id, answer] : of_worker) votes[task_id].by_reviewer.emplace(worker, answer);
  }
  for (const CrowdTask& task : key) {
    if (task.expected) continue;
    const Votes& of_task = votes[task.task_id];
    const auto majority = of_task.majority();
    if (of_task.told() < rules.least_votes || !majority) {
      ++outcome.undecided;
      continue;
    }
    outcome.judgements.push_back({.pair = task.pair,
                                  .reviewer = kCrowdReviewer,
                                  .answer = *majority,
                                  .time_utc = now_utc(),
                                  .group_id = task.group_id});
  }
  return outcome;
}

}  // namespace melomine::review
