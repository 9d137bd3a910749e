#include "distributed/process_group.h"

#include <fmt/format.h>

#include "core/error.h"

#ifdef MELOMINE_GLOO
#include <torch/torch.h>

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#if defined(USE_C10D_NCCL)
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <optional>
#include <thread>

#include "core/cancellation.h"
#endif

namespace melomine::distributed {

RowBlock block_of(int64_t rows, int rank, int size) {
  return {rows * rank / size, rows * (rank + 1) / size};
}

#ifndef MELOMINE_GLOO

bool can_join() {
  return false;
}

std::unique_ptr<ProcessGroup> join(const RankPlace& place, const std::filesystem::path&, double) {
  throw ConfigError(
      fmt::format("{} say that this is rank {} of {}, and this build trains by one process: it was built "
                  "without Gloo (Debian's libgloo-dev beside Debian's libtorch)",
                  place.starter, place.rank, place.size));
}

#else

namespace {

using Clock = std::chrono::steady_clock;

#if TORCH_VERSION_MAJOR >= 2
using Collectives = c10d::Backend;
#else
using Collectives = c10d::ProcessGroup;
#endif
using Store = c10::intrusive_ptr<c10d::Store>;

constexpr auto kLook = std::chrono::milliseconds(50);  // between looks at the store
constexpr auto kBeat = std::chrono::seconds(1);        // of a rank that works while others wait
constexpr auto kRollCall = std::chrono::seconds(3);    // for those that live to say so when a call failed
constexpr size_t kTold = 300;                          // characters of a message

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

std::string text_at(const Store& store, const std::string& key) {
  const auto bytes = store->get(key);
  return {bytes.begin(), bytes.end()};
}

void set_text(const Store& store, const std::string& key, const std::string& text) {
  store->set(key, std::vector<uint8_t>(text.begin(), text.end()));
}

std::string key_of(const char* what, int rank) {
  return fmt::format("melomine/{}/{}", what, rank);
}

/// The first line of a message, not longer than a terminal bears.
std::string in_one_line(const std::string& message) {
  return message.substr(0, std::min(message.find('\n'), kTold));
}

/// "rank 3", "ranks 3, 5".
std::string names_of(const std::vector<int>& ranks) {
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

std::vector<int> missing(const Store& store, const char* what, int size) {
  std::vector<int> ranks;
  for (int r = 0; r < size; ++r)
    if (!store->check({key_of(what, r)})) ranks.push_back(r);
  return ranks;
}

/// Of those that left by an error of their own: "rank 2 stopped: …".
std::string reasons_of(const Store& store, const std::vector<int>& ranks) {
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

RollCall call_the_roll(const Store& store, int rank, int size) {
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

Store store_by_tcp(const RankPlace& place, std::chrono::milliseconds timeout) {
  const char* by_agent = std::getenv("TORCHELASTIC_USE_AGENT_STORE");  // torchrun itself serves it then
  const bool served = by_agent != nullptr && std::string(by_agent) == "True";
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(place.port);
  options.isServer = !served && place.rank == 0;
  options.numWorkers = static_cast<size_t>(place.size);
  options.waitWorkers = false;
  options.timeout = timeout;
  Store store = c10::make_intrusive<c10d::TCPStore>(place.address, options);
  const char* attempt = std::getenv("TORCHELASTIC_RESTART_COUNT");
  return c10::make_intrusive<c10d::PrefixStore>(fmt::format("attempt_{}", attempt == nullptr ? "0" : attempt),
                                                store);
}

Store store_by_file(const RankPlace& place, const std::filesystem::path& folder) {
  std::filesystem::path file = place.file;
  if (file.empty()) {
    std::filesystem::create_directories(folder);
    file = folder / fmt::format(".rendezvous-{}", place.job);
  }
  return c10::make_intrusive<c10d::FileStore>(file.string(), place.size);
}

class C10dGroup : public ProcessGroup {
 public:
  C10dGroup(const RankPlace& place, Store store, double timeout_s)
      : ProcessGroup(place.rank, place.size), store_(std::move(store)), timeout_s_(timeout_s) {
    store_->setTimeout(milliseconds_of(timeout_s));
    try {
      meet();
    } catch (const std::exception& e) {
      leave(e.what());
      throw;
    }
    connect();
  }

  /// The store lives in rank 0: it stays until all others have read what they wanted.
  ~C10dGroup() override {
    try {
      gloo_.reset();
      set_text(store_, key_of("bye", rank()), "1");
      const auto until = Clock::now() + kRollCall;
      while (is_first() && !missing(store_, "bye", size()).empty() && Clock::now() < until)
        std::this_thread::sleep_for(kLook);
    } catch (const std::exception&) {  // the store is gone with the rank that held it
    }
  }
  C10dGroup(const C10dGroup&) = delete;
  C10dGroup& operator=(const C10dGroup&) = delete;

  void sum(at::Tensor& values) override {
    collectively("a sum", [&](Collectives& group) {
      std::vector<at::Tensor> tensors = {values};
      group.allreduce(tensors)->wait();
    });
  }

  at::Tensor gather(const at::Tensor& own, const std::vector<int64_t>& rows) override {
    const int64_t most = *std::max_element(rows.begin(), rows.end());
    std::vector<int64_t> shape = own.sizes().vec();
    shape[0] = most;  // all blocks must have one size on their way
    at::Tensor sent = own;
    if (own.size(0) != most) {
      sent = torch::zeros(shape, own.options());
      sent.narrow(0, 0, own.size(0)).copy_(own);
    }
    std::vector<at::Tensor> inputs = {sent};
    std::vector<std::vector<at::Tensor> > outputs(1);
    for (int r = 0; r < size(); ++r) outputs[0].push_back(torch::empty(shape, own.options()));
    collectively("fingerprints", [&](Collectives& group) { group.allgather(outputs, inputs)->wait(); });
    std::vector<at::Tensor> blocks;
    blocks.reserve(rows.size());
    for (size_t r = 0; r < rows.size(); ++r) blocks.push_back(outputs[0][r].narrow(0, 0, rows[r]));
    return torch::cat(blocks);
  }

  double of_first(double value) override {
    at::Tensor tensor = torch::full({1}, is_first() ? value : 0.0, torch::kFloat64);
    sum(tensor);
    return tensor.item<double>();
  }

  void first_alone(const std::function<void()>& work) override {
    const int turn = turns_++;
    if (is_first())
      work_alone(turn, work);
    else
      wait_for_first(turn);
  }

  void leave(const std::string& reason) noexcept override {
    try {
      gloo_.reset();
      set_text(store_, key_of("left", rank()), in_one_line(reason));
    } catch (...) {  // the store is gone with the rank that held it
    }
  }

 private:
  /// Until all have come.
  void meet() {
    set_text(store_, key_of("here", rank()), "1");
    const auto until = Clock::now() + milliseconds_of(timeout_s_);
    const auto absent_now = [&] { return missing(store_, "here", size()); };
    for (auto absent = absent_now(); !absent.empty(); absent = absent_now()) {
      throw_if_cancelled();
      if (Clock::now() > until)
        throw Error(fmt::format("{} of {} did not come within {:g} s", names_of(absent), size(), timeout_s_));
      std::this_thread::sleep_for(kLook);
    }
  }

  void connect() {
    auto options = c10d::ProcessGroupGloo::Options::create(milliseconds_of(timeout_s_));
    const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
    options->devices.push_back(interface == nullptr
                                   ? c10d::ProcessGroupGloo::createDefaultDevice()
                                   : c10d::ProcessGroupGloo::createDeviceForInterface(interface));
    const auto store = c10::make_intrusive<c10d::PrefixStore>("gloo", store_);
    collectively(
        "the first contact", [&](Collectives&) {},
        [&] { gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank(), size(), options); });
  }

  template <class Call>
  void collectively(const char* what, Call call, const std::function<void()>& before = {}) {
    try {
      if (before) before();
      if (!gloo_) throw Error("this rank has left");
      call(*gloo_);
    } catch (const std::exception& e) {
      explain(what, in_one_line(e.what()));
    }
  }

  /// Calls the roll: closes the own connections first, so that others who wait for this rank fail as well and
  /// answer.
  [[noreturn]] void explain(const char* what, const std::string& message) {
    gloo_.reset();
    std::optional<RollCall> roll;
    try {
      roll = answer_within<RollCall>(2 * kRollCall, [store = store_, rank = rank(), size = size()] {
        return call_the_roll(store, rank, size);
      });
    } catch (const std::exception&) {  // the store is gone with the rank that held it
    }
    if (!roll) throw Error(lost({0}, message));
    if (!roll->reasons.empty()) throw Error(fmt::format("rank {} ends because {}", rank(), roll->reasons));
    if (!roll->absent.empty()) throw Error(lost(roll->absent, message));
    throw Error(fmt::format("the ranks lost contact over {} ({}); run the same command again to continue",
                            what, message));
  }

  std::string lost(const std::vector<int>& ranks, const std::string& how) const {
    return fmt::format(
        "{} of {} ended or hung: no answer to rank {} ({:g} s are allowed; {}); run the same command again "
        "to "
        "continue",
        names_of(ranks), size(), rank(), timeout_s_, how);
  }

  void work_alone(int turn, const std::function<void()>& work) {
    std::atomic<bool> over{false};
    std::thread beating([&] {
      for (int beat = 0; !over; ++beat) {
        try {
          set_text(store_, key_of("beat", turn), std::to_string(beat));
        } catch (const std::exception&) {
          return;  // told by the next call
        }
        for (auto until = Clock::now() + kBeat; !over && Clock::now() < until;)
          std::this_thread::sleep_for(kLook);
      }
    });
    const auto stop_beating = [&] {
      over = true;
      beating.join();
    };
    try {
      work();
    } catch (const std::exception& e) {
      stop_beating();
      leave(e.what());
      throw;
    }
    stop_beating();
    set_text(store_, key_of("done", turn), "1");
  }

  /// Looks whether rank 0 is through, has left, or beats.
  void wait_for_first(int turn) {
    struct Sight {
      bool done = false;
      std::string reasons, beat;
    };
    const std::function<Sight()> look = [store = store_, turn] {
      Sight sight{
          .done = store->check({key_of("done", turn)}), .reasons = reasons_of(store, {0}), .beat = {}};
      if (!sight.done && store->check({key_of("beat", turn)}))
        sight.beat = text_at(store, key_of("beat", turn));
      return sight;
    };
    std::string beat;
    for (auto seen = Clock::now();; std::this_thread::sleep_for(kLook)) {
      std::optional<Sight> sight;
      try {
        sight = answer_within(milliseconds_of(timeout_s_), look);
      } catch (const std::exception& e) {
        throw Error(lost({0}, in_one_line(e.what())));
      }
      if (sight && sight->done) return;
      if (sight && !sight->reasons.empty())
        throw Error(fmt::format("rank {} ends because {}", rank(), sight->reasons));
      if (sight && sight->beat != beat) {
        beat = sight->beat;
        seen = Clock::now();
      }
      if (!sight || Clock::now() - seen > milliseconds_of(timeout_s_))
        throw Error(lost({0}, "it gave no sign"));
    }
  }

  Store store_;
  double timeout_s_;
  c10::intrusive_ptr<Collectives> gloo_;
  int turns_ = 0;
};

}  // namespace

bool can_join() {
  return true;
}

std::unique_ptr<ProcessGroup> join(const RankPlace& place, const std::filesystem::path& folder,
                                   double timeout_s) {
  Store store;
  try {
    store = place.address.empty() ? store_by_file(place, folder)
                                  : store_by_tcp(place, milliseconds_of(timeout_s));
  } catch (const std::exception& e) {
    throw Error(fmt::format(
        "rank {} of {} cannot meet the others at {}: {}", place.rank, place.size,
        place.address.empty() ? std::string("a file") : fmt::format("{}:{}", place.address, place.port),
        in_one_line(e.what())));
  }
  return std::make_unique<C10dGroup>(place, std::move(store), timeout_s);
}

#endif

}  // namespace melomine::distributed
