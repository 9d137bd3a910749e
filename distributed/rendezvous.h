#pragma once

#include <fmt/format.h>

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "distributed/launch_environment.h"

/// What ranks tell each other beside tensors, in the store by which they met: for process_group.cpp alone,
/// the one file that compiles c10d.
namespace melomine::distributed {

using Clock = std::chrono::steady_clock;
using Store = c10::intrusive_ptr<c10d::Store>;

inline constexpr auto kLook = std::chrono::milliseconds(50);  ///< between looks at the store
inline constexpr auto kRollCall =
    std::chrono::seconds(3);          ///< for those that live to say so when a call failed
inline constexpr size_t kTold = 300;  ///< characters of a message

inline std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

inline std::string text_at(const Store& store, const std::string& key) {
  const auto bytes = store->get(key);
  return {bytes.begin(), bytes.end()};
}

inline void set_text(const Store& store, const std::string& key, const std::string& text) {
  store->set(key, std::vector<uint8_t>(text.begin(), text.end()));
}

inline std::string key_of(const char* what, int rank) {
  return fmt::format("melomine/{}/{}", what, rank);
}

/// The first line of a message, not longer than a terminal bears.
inline std::string in_one_line(const std::string& message) {
  return message.substr(0, std::min(message.find('\n'), kTold));
}

/// "rank 3", "ranks 3, 5".
inline std::string names_of(const std::vector<int>& ranks) {
  return fmt::format("{} {}", ranks.size() == 1 ? "rank" : "ranks", fmt::join(ranks, ", "));
}

/// What `ask` answers, or nothing where it does not in time: the store of a rank that hangs answers never,
/// and whoever asks waits for ever. Whatever `ask` holds must be its own.
template <class Answer>
std::optional<Answer> answer_within(Clock::duration time, std::function<Answer()> ask) {
  auto task = std::make_shared<std::packaged_task<Answer()> >(std::move(ask));
  auto answer = task->get_future();
  std::thread([task] { (*task)(); }).detach();
  if (answer.wait_for(time) != std::future_status::ready) return std::nullopt;
  return answer.get();
}

/// Ranks that have not said this.
inline std::vector<int> missing(const Store& store, const char* what, int size) {
  std::vector<int> ranks;
  for (int r = 0; r < size; ++r)
    if (!store->check({key_of(what, r)})) ranks.push_back(r);
  return ranks;
}

/// Of those that left by an error of their own: "rank 2 stopped: …".
inline std::string reasons_of(const Store& store, const std::vector<int>& ranks) {
  for (const int r : ranks)
    if (store->check({key_of("left", r)}))
      return fmt::format("rank {} stopped: {}", r, text_at(store, key_of("left", r)));
  return {};
}

/// Who of the ranks answers no more, and what those said that left.
struct RollCall {
  std::vector<int> absent;
  std::string reasons;
};

/// Says that this rank lives, and waits a moment for others to say so.
inline RollCall call_the_roll(const Store& store, int rank, int size) {
  set_text(store, key_of("alive", rank), "1");
  const auto until = Clock::now() + kRollCall;
  RollCall found;
  do {
    std::this_thread::sleep_for(kLook);
    found.absent = missing(store, "alive", size);
    found.reasons = reasons_of(store, found.absent);
  } while (!found.absent.empty() && found.reasons.empty() && Clock::now() < until);
  return found;
}

/// Rank 0 holds it.
inline Store store_by_tcp(const RankPlace& place, std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(place.port);
  options.isServer = place.rank == 0;
  options.numWorkers = static_cast<size_t>(place.size);
  options.waitWorkers = false;
  options.timeout = timeout;
  Store store = c10::make_intrusive<c10d::TCPStore>(place.address, options);
  const char* attempt = std::getenv("TORCHELASTIC_RESTART_COUNT");
  return c10::make_intrusive<c10d::PrefixStore>(fmt::format("attempt_{}", attempt == nullptr ? "0" : attempt),
                                                store);
}

/// In the folder, where no file is named. @param folder  made where it is absent
inline Store store_by_file(const RankPlace& place, const std::filesystem::path& folder) {
  std::filesystem::path file = place.file;
  if (file.empty()) {
    std::filesystem::create_directories(folder);
    file = folder / fmt::format(".rendezvous-{}", place.job);
  }
  return c10::make_intrusive<c10d::FileStore>(file.string(), place.size);
}

}  // namespace melomine::distributed
