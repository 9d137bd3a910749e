#include "evaluation/broken_items.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>

#include "core/cancellation.h"
#include "core/error.h"

namespace melomine::evaluation {
namespace {

/// Why each item cannot be loaded, "" where it can.
std::vector<std::string> faults_of(const std::vector<EvaluationItem>& items, std::string_view stage,
                                   RunObserver& observer) {
  observer.on_stage_begin(stage, static_cast<int64_t>(items.size()), "items");
  std::vector<std::string> faults(items.size());
  std::mutex mutex;
  int64_t done = 0;
  tbb::parallel_for(size_t{0}, items.size(), [&](size_t i) {
    throw_if_cancelled();
    try {
      if (items[i].notes)
        items[i].notes();
      else
        items[i].audio();
    } catch (const DataError& e) {
      faults[i] = e.what();
    }
    const std::lock_guard lock(mutex);
    observer.on_progress(++done, items[i].id);
  });
  observer.on_stage_end("");
  return faults;
}

/// A query none of whose targets can be loaded has nothing to find.
void fault_orphans(const EvaluationSet& set, const std::vector<std::string>& candidate_faults,
                   std::vector<std::string>& query_faults) {
  for (size_t q = 0; q < set.queries.size(); ++q) {
    const std::vector<int64_t>& targets = set.relevance[q].targets;
    const bool orphan = std::all_of(targets.begin(), targets.end(), [&](int64_t target) {
      return !candidate_faults[static_cast<size_t>(target)].empty();
    });
    if (orphan && query_faults[q].empty())
      query_faults[q] = fmt::format("query '{}' has nothing left to find: what it should find is broken",
                                    set.queries[q].id);
  }
}

void record_broken(const std::vector<EvaluationItem>& items, const std::vector<std::string>& faults,
                   ItemRole role, std::vector<BrokenItem>& broken) {
  for (size_t i = 0; i < items.size(); ++i)
    if (!faults[i].empty()) broken.push_back({role, items[i].id, faults[i]});
}

/// Takes out of a list what stands where an item has a fault; an empty list stays.
template <class T>
void filter_sound(std::vector<T>& list, const std::vector<std::string>& faults) {
  std::vector<T> kept;
  for (size_t i = 0; i < list.size(); ++i)
    if (faults[i].empty()) kept.push_back(std::move(list[i]));
  list = std::move(kept);
}

/// Indices of the sound items among themselves, by the old ones; of others they say nothing.
std::vector<int64_t> new_indices(const std::vector<std::string>& faults) {
  std::vector<int64_t> indices;
  indices.reserve(faults.size());
  int64_t next = 0;
  for (const std::string& fault : faults) indices.push_back(fault.empty() ? next++ : next);
  return indices;
}

}  // namespace

void leave_out_broken(EvaluationSet& set, RunObserver& observer) {
  const bool each_other = set.match_with == MatchQueriesWith::kEachOther;
  std::vector<std::string> query_faults = faults_of(set.queries, "reading queries", observer);
  std::vector<std::string> candidate_faults =
      each_other ? query_faults : faults_of(set.references, "reading references", observer);
  fault_orphans(set, candidate_faults, query_faults);
  if (each_other) candidate_faults = query_faults;
  if (!each_other) record_broken(set.references, candidate_faults, ItemRole::kReference, set.broken);
  record_broken(set.queries, query_faults, ItemRole::kQuery, set.broken);

  const std::vector<int64_t> new_index = new_indices(candidate_faults);
  const auto renumber = [&](std::vector<int64_t>& indices) {
    std::erase_if(indices,
                  [&](int64_t index) { return !candidate_faults[static_cast<size_t>(index)].empty(); });
    for (int64_t& index : indices) index = new_index[static_cast<size_t>(index)];
  };
  for (retrieval::Relevance& relevance : set.relevance) {
    renumber(relevance.targets);
    renumber(relevance.excluded);
  }
  filter_sound(set.relevance, query_faults);
  filter_sound(set.songs, query_faults);
  filter_sound(set.queries, query_faults);
  if (!each_other) filter_sound(set.references, candidate_faults);
  if (!set.folds.empty()) filter_sound(set.folds, candidate_faults);
  if (set.queries.empty() && !set.broken.empty())
    throw DataError(fmt::format("{}: no query is left; {}", set.name, set.broken.front().reason));
}

}  // namespace melomine::evaluation
