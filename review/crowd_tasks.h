#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/fragment_groups.h"
#include "review/clip.h"
#include "review/queue.h"

namespace melomine::review {

/// A set of tasks for people elsewhere: what they get, and what only who asked keeps.
inline constexpr const char* kTasksFile = "tasks.tsv";
inline constexpr const char* kKeyFile = "key.jsonl";
inline constexpr const char* kClipsFolder = "clips";

/// A pair to be judged elsewhere.
struct CrowdTask {
  std::string task_id;  ///< "t0001"
  Pair pair;
  std::string group_id;              ///< "" for a control question of two songs
  std::optional<Answer> expected{};  ///< of a control question: kSame or kDifferent
};

struct TaskSettings {
  int64_t pairs = 200;  ///< at most, from the head of the queue
  double controls =
      0.1;  ///< control questions per pair, in [0, 1]; half of each answer, at least one of each
  uint64_t seed = 1;
};

/// The head of the queue mixed with control questions, in an order drawn by the seed. Surely the same are
/// pairs of the tenth of the relevant ones that correlate most; surely different are a fragment of one song
/// and a place in a recording of another one.
/// @param rows  of the mined table @throws DataError where the table has no such pairs
std::vector<CrowdTask> draw_tasks(const std::vector<QueuedPair>& queue,
                                  const std::vector<datasets::FragmentRow>& rows,
                                  const TaskSettings& settings);

/// Writes tasks.tsv (task_id, original, other), the clips that it names as MP3, and key.jsonl, which tells
/// the pairs and the answers to the control questions and stays with who asks. Names of clips tell nothing.
/// @param folder  is made; must not hold a set of tasks
/// @throws DataError
void export_tasks(const std::filesystem::path& folder, const std::vector<CrowdTask>& tasks,
                  const PairClips& clips);

/// @throws DataError naming file and line
std::vector<CrowdTask> read_key(const std::filesystem::path& path);

}  // namespace melomine::review
