#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/cancellation.h"
#include "core/error.h"
#include "distributed/process_group.h"
#include "tests/support/temp_folder.h"

namespace melomine::testing {

/// Runs `work` as each of so many ranks, in a thread of its own, and waits for all.
/// @param share_memory  or else they exchange by sockets alone
/// @returns what each threw, empty where it ended well
inline std::vector<std::string> as_ranks(
    int size, const std::function<void(std::shared_ptr<distributed::ProcessGroup>)>& work,
    double timeout_s = 60, bool share_memory = true) {
  const TempFolder folder;
  std::vector<std::string> errors(static_cast<size_t>(size));
  std::vector<std::thread> threads;
  threads.reserve(errors.size());
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      std::shared_ptr<distributed::ProcessGroup> group;
      try {
        distributed::RankPlace place;
        place.rank = place.local_rank = rank;
        place.size = size;
        place.share_memory = share_memory;
        place.file = (folder.path() / "store").string();
        group = distributed::join(place, folder.path(), timeout_s);
        work(group);
      } catch (const std::exception& e) {
        if (group) group->leave(e.what(), distributed::asked_by(e));
        errors[static_cast<size_t>(rank)] = e.what();
      }
    });
  for (auto& thread : threads) thread.join();
  return errors;
}

}  // namespace melomine::testing
