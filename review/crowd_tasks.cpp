#include "review/crowd_tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/random.h"
#include "core/sha256.h"
#include "dsp/encode.h"
#include "review/consensus.h"

namespace melomine::review {
namespace {

namespace fs = std::filesystem;
using datasets::FragmentRow;

constexpr int kClipBitRate_bps = 64000;
constexpr size_t kClipName = 20;
/// Of the relevant pairs: those from which control questions are drawn.
constexpr double kSureShare = 0.1;
/// Places of other songs that are looked at for one as long as the fragment.
constexpr int kLooks = 20;

/// By falling correlation.
std::vector<QueuedPair> relevant_pairs(const std::vector<FragmentRow>& rows) {
  std::vector<QueuedPair> relevant;
  for (QueuedPair& pair : pairs_of(rows, Among::kAll))
    if (pair.is_relevant) relevant.push_back(std::move(pair));
  std::sort(relevant.begin(), relevant.end(), [](const QueuedPair& a, const QueuedPair& b) {
    return std::tie(b.correlation, a.id) < std::tie(a.correlation, b.id);
  });
  return relevant;
}

CrowdTask surely_same(const std::vector<QueuedPair>& relevant, RandomStream& random) {
  const auto sure = std::max<int64_t>(1, std::llround(kSureShare * static_cast<double>(relevant.size())));
  const QueuedPair& pair = relevant[static_cast<size_t>(random.integer(sure))];
  return {.task_id = {}, .pair = pair.pair, .group_id = pair.group_id, .expected = Answer::kSame};
}

CrowdTask surely_different(const std::vector<QueuedPair>& relevant, RandomStream& random) {
  const Pair& of = random.pick(relevant).pair;
  const Pair* nearest = nullptr;
  const auto off = [&](const Pair& other) {
    return std::abs(other.place.duration_s() - of.original.duration_s());
  };
  const auto look_at = [&](const Pair& other) {
    if (other.original_id != of.original_id && (nearest == nullptr || off(other) < off(*nearest)))
      nearest = &other;
  };
  for (int look = 0; look < kLooks; ++look) look_at(random.pick(relevant).pair);
  for (size_t i = 0; nearest == nullptr && i < relevant.size(); ++i) look_at(relevant[i].pair);
  if (nearest == nullptr)
    throw DataError("the mined table has relevant pairs of one song alone; control questions need two");
  return {.task_id = {},
          .pair = {.original_id = of.original_id,
                   .original = of.original,
                   .recording_id = nearest->recording_id,
                   .place = nearest->place},
          .group_id = {},
          .expected = Answer::kDifferent};
}

nlohmann::ordered_json key_json(const CrowdTask& task) {
  return {{"task_id", task.task_id},
          {"expected", task.expected ? nlohmann::ordered_json(to_string(*task.expected)) : nullptr},
          {"original_id", task.pair.original_id},
          {"original", {task.pair.original.start_s, task.pair.original.end_s}},
          {"recording_id", task.pair.recording_id},
          {"place", {task.pair.place.start_s, task.pair.place.end_s}},
          {"group_id", task.group_id}};
}

CrowdTask task_of(const nlohmann::ordered_json& json) {
  const auto interval = [&](const char* key) {
    return TimeInterval{json.at(key).at(0).get<double>(), json.at(key).at(1).get<double>()};
  };
  CrowdTask task{.task_id = json.at("task_id").get<std::string>(),
                 .pair = {.original_id = json.at("original_id").get<std::string>(),
                          .original = interval("original"),
                          .recording_id = json.at("recording_id").get<std::string>(),
                          .place = interval("place")},
                 .group_id = json.at("group_id").get<std::string>()};
  if (!json.at("expected").is_null()) task.expected = parse_answer(json.at("expected").get<std::string>());
  return task;
}

}  // namespace

std::vector<CrowdTask> draw_tasks(const std::vector<QueuedPair>& queue, const std::vector<FragmentRow>& rows,
                                  const TaskSettings& settings) {
  std::vector<CrowdTask> tasks;
  const size_t count = std::min(queue.size(), static_cast<size_t>(settings.pairs));
  tasks.reserve(count);
  for (size_t i = 0; i < count; ++i)
    tasks.push_back({.task_id = {}, .pair = queue[i].pair, .group_id = queue[i].group_id});
  RandomStream random({settings.seed, stream_id("crowd")});
  if (settings.controls > 0 && count > 0) {
    const std::vector<QueuedPair> relevant = relevant_pairs(rows);
    if (relevant.empty())
      throw DataError("the mined table has no relevant pair to make control questions of");
    const auto of_each =
        std::max<int64_t>(1, std::llround(0.5 * settings.controls * static_cast<double>(count)));
    for (int64_t i = 0; i < of_each; ++i) {
      tasks.push_back(surely_same(relevant, random));
      tasks.push_back(surely_different(relevant, random));
    }
  }
  random.shuffle(tasks);
  for (size_t i = 0; i < tasks.size(); ++i) tasks[i].task_id = fmt::format("t{:04}", i + 1);
  return tasks;
}

void export_tasks(const fs::path& folder, const std::vector<CrowdTask>& tasks, const PairClips& clips) {
  if (fs::exists(folder / kKeyFile))
    throw DataError(folder.string(), "", "holds a set of tasks already; name another folder");
  make_folder(folder / kClipsFolder);
  std::string table = "task_id\toriginal\tother\n", key;
  for (const CrowdTask& task : tasks) {
    table += task.task_id;
    for (const Side side : {Side::kOriginal, Side::kPlace}) {
      const std::string bytes = dsp::encode_mp3(clips.clip(task.pair, side), kClipBitRate_bps);
      const std::string name = fmt::format("{}/{}.mp3", kClipsFolder, sha256_of(bytes).substr(0, kClipName));
      write_file_atomically(folder / name, bytes);
      table += "\t" + name;
    }
    table += "\n";
    key += json_text(key_json(task)) + "\n";
  }
  write_file_atomically(folder / kTasksFile, table);
  write_file_atomically(folder / kKeyFile, key);
}

std::vector<CrowdTask> read_key(const fs::path& path) {
  const std::string text = read_file(path);
  std::vector<CrowdTask> tasks;
  int64_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    ++number;
    try {
      tasks.push_back(task_of(parse_ordered_json(std::string_view(text).substr(begin, end - begin))));
    } catch (const std::exception& error) {
      throw DataError(path.string(), fmt::format("line {}", number), "is no task of a key");
    }
    begin = end + 1;
  }
  return tasks;
}

}  // namespace melomine::review
