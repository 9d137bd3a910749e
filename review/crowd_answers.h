#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "review/consensus.h"
#include "review/crowd_tasks.h"
#include "review/verdict_log.h"

namespace melomine::review {

/// A row of the answers that came back.
struct CrowdAnswer {
  std::string task_id, worker;
  Answer answer = Answer::kSkip;
};

/// A table with tabs between its columns, among them task_id, worker and answer (same, different, skip); with
/// or without a byte-order mark and CRs. @throws DataError naming file and line
std::vector<CrowdAnswer> read_answers(const std::filesystem::path& path);

struct CrowdRules {
  double least_controls = 0.8;  ///< share of a worker's control questions that must be right
  int64_t least_votes = 3;      ///< of kept workers, same or different, that a pair needs
};

/// The name under which the majority of workers is kept, one reviewer among others.
inline constexpr const char* kCrowdReviewer = "crowd";

struct CrowdOutcome {
  std::vector<Judgement> judgements;  ///< of decided pairs, by kCrowdReviewer
  int64_t workers = 0;
  std::vector<std::string> dropped{};  ///< workers who failed, or who answered no control question
  int64_t undecided = 0;               ///< pairs with too few votes or a tie
};

/// Majority vote of the workers who pass. Of several answers of a worker to one task the last counts; a
/// skipped control question counts as wrong.
/// @throws DataError for an answer to a task that the key does not know
CrowdOutcome settle_answers(const std::vector<CrowdTask>& key, const std::vector<CrowdAnswer>& answers,
                            const CrowdRules& rules);

}  // namespace melomine::review
