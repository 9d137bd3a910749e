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
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/cancellation.h"
#include "core/error.h"
#include "distributed/launch_environment.h"
#include "distributed/meeting_file.h"

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

/// What a rank said when it left by an error of its own, or because it was asked to stop.
struct Farewell {
  std::string reason;  ///< "rank 2 stopped: …"
  StopRequest asked = StopRequest::kNone;
};

inline void say_farewell(const Store& store, int rank, const std::string& reason, StopRequest asked) {
  set_text(store, key_of("left", rank), fmt::format("{}{}", static_cast<int>(asked), in_one_line(reason)));
}

/// Of the first of these ranks that left.
inline std::optional<Farewell> farewell_of(const Store& store, const std::vector<int>& ranks) {
  for (const int r : ranks)
    if (store->check({key_of("left", r)})) {
      const std::string text = text_at(store, key_of("left", r));
      return Farewell{.reason = fmt::format("rank {} stopped: {}", r, text.substr(1)),
                      .asked = static_cast<StopRequest>(text.front() - '0')};
    }
  return std::nullopt;
}

/// Ends this rank, too: with the other's exit status where that was asked to stop.
[[noreturn]] inline void follow(const Farewell& farewell, int rank) {
  const std::string message = fmt::format("rank {} ends because {}", rank, farewell.reason);
  if (farewell.asked == StopRequest::kNone) throw Error(message);
  request_stop(farewell.asked);
  throw Cancelled(message);
}

/// Who of the ranks answers no more, and what the first of them said that left.
struct RollCall {
  std::vector<int> absent;
  std::optional<Farewell> farewell;
};

/// Says that this rank lives, and waits a moment for others to say so.
inline RollCall call_the_roll(const Store& store, int rank, int size) {
  set_text(store, key_of("alive", rank), "1");
  const auto until = Clock::now() + kRollCall;
  RollCall found;
  do {
    std::this_thread::sleep_for(kLook);
    found.absent = missing(store, "alive", size);
    found.farewell = farewell_of(store, found.absent);
  } while (!found.absent.empty() && !found.farewell && Clock::now() < until);
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

/// A number that no other start has.
inline std::string new_number() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

/// All ranks of one start, each of which told the others something. A file by which a start met that was
/// killed may be there still, and a start of the same name finds what that wrote. So each rank calls under a
/// new number, rank 0 answers with the numbers it has heard, and a rank believes an answer that has its own:
/// behind it, all keys are of this start. Rank 0 answers anew when a call changes.
class Meeting {
 public:
  Meeting(Store store, int rank, int size, std::string told)
      : store_(std::move(store)), rank_(rank), size_(size), told_(std::move(told)) {
    set_text(store_, key_of("call", rank_), own_);
  }

  /// Looks once. @returns ranks that are not here yet
  std::vector<int> absent() {
    if (rank_ == 0) answer();
    const std::string answer = store_->check({kAnswer}) ? text_at(store_, kAnswer) : "";
    if (answer != believed_ && answer.find(mark_of(rank_, own_)) != std::string::npos) {
      believed_ = answer;
      place_ = c10::make_intrusive<c10d::PrefixStore>(answer.substr(0, answer.find(' ')), store_);
      set_text(place_, key_of("here", rank_), told_);
    }
    std::vector<int> others(static_cast<size_t>(size_));
    std::iota(others.begin(), others.end(), 0);
    if (!place_) std::erase(others, rank_);
    return place_ ? missing(place_, "here", size_) : others;
  }

  /// That of this start alone. When all are here.
  const Store& place() const { return place_; }
  /// What each rank told.
  std::vector<std::string> told() const {
    std::vector<std::string> all;
    for (int r = 0; r < size_; ++r) all.push_back(text_at(place_, key_of("here", r)));
    return all;
  }

 private:
  static constexpr const char* kAnswer = "melomine/answer";

  static std::string mark_of(int rank, const std::string& number) {
    return fmt::format(" {}:{};", rank, number);
  }
  void answer() {
    std::string heard;
    for (int r = 0; r < size_; ++r)
      if (store_->check({key_of("call", r)})) heard += mark_of(r, text_at(store_, key_of("call", r)));
    if (heard == heard_) return;
    heard_ = heard;
    set_text(store_, kAnswer, new_number() + heard);
  }

  Store store_, place_;
  int rank_, size_;
  std::string told_, heard_, believed_;
  const std::string own_ = new_number();
};

/// In the folder, where no file is named. @param folder  made where it is absent
inline Store store_by_file(const RankPlace& place, const std::filesystem::path& folder) {
  std::filesystem::path file = place.file;
  if (file.empty()) {
    std::filesystem::create_directories(folder);
    file = meeting_file(folder, place.start);
  }
  return c10::make_intrusive<c10d::FileStore>(file.string(), place.size);
}

}  // namespace melomine::distributed
