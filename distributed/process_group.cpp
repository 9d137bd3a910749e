#include "distributed/process_group.h"

#include <fmt/format.h>

#include "core/error.h"
#include "distributed/meeting_file.h"

#if defined(MELOMINE_GLOO) || defined(MELOMINE_NCCL)
#define MELOMINE_C10D
#include <torch/torch.h>

#ifdef MELOMINE_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <algorithm>
#include <atomic>
#include <numeric>
#include <optional>
#include <span>
#include <thread>

#include "distributed/contact.h"
#include "distributed/host_exchange.h"
#include "distributed/own_address.h"
#include "distributed/rendezvous.h"
#endif

namespace melomine::distributed {

void ProcessGroup::remove_left_meetings(const std::filesystem::path& folder) const {
  remove_left_meeting_files(folder, place_.start, place_.job);
}

StopRequest asked_by(const std::exception& error) {
  return dynamic_cast<const Cancelled*>(&error) != nullptr ? stop_request() : StopRequest::kNone;
}

RowBlock block_of(int64_t rows, int rank, int size) {
  return {rows * rank / size, rows * (rank + 1) / size};
}

#ifndef MELOMINE_C10D

bool can_join() {
  return false;
}

std::unique_ptr<ProcessGroup> join(const RankPlace& place, const std::filesystem::path&, double) {
  throw ConfigError(
      fmt::format("{} say that this is rank {} of {}, and this build trains by one process: it was built "
                  "without Gloo (Debian's libgloo-dev beside Debian's libtorch) and without NCCL",
                  place.starter, place.rank, place.size));
}

#else

namespace {

constexpr auto kBeat = std::chrono::seconds(1);  // of a rank that works while others wait

class C10dGroup : public ProcessGroup {
 public:
  C10dGroup(const RankPlace& place, Store store, double timeout_s)
      : ProcessGroup(place), store_(std::move(store)), timeout_s_(timeout_s) {
    store_->setTimeout(milliseconds_of(timeout_s));
    try {
      meet(place.address);
      host_ = share_memory(store_, rank(), size(), place.share_memory, timeout_s_);
      connect();
    } catch (const std::exception& e) {
      leave(e.what(), asked_by(e));
      throw;
    }
  }

  /// The store lives in rank 0: it stays until all others have read what they wanted.
  ~C10dGroup() override {
    try {
      disconnect();
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
    collectively("a sum", [&] {
      if (host_ && values.is_cpu() && values.scalar_type() == torch::kFloat32)
        return host_->sum(std::span(values.data_ptr<float>(), static_cast<size_t>(values.numel())));
      if (host_ && values.is_cpu() && values.scalar_type() == torch::kFloat64)
        return host_->sum(std::span(values.data_ptr<double>(), static_cast<size_t>(values.numel())));
      at::Tensor carried = carried_of(values);
      auto& by = transport(carried);
      if (&by == gloo_.get() && size() > 2) return sum_in_order(by, size(), values);
      std::vector<at::Tensor> tensors = {carried};
      by.allreduce(tensors)->wait();
      if (!carried.is_same(values)) values.copy_(carried);
    });
  }

  at::Tensor gather(const at::Tensor& own, const std::vector<int64_t>& rows) override {
    if (host_ && own.is_cpu()) return gather_in_memory(own, rows);
    const int64_t most = *std::max_element(rows.begin(), rows.end());
    std::vector<int64_t> shape = own.sizes().vec();
    shape[0] = most;  // all blocks must have one size on their way
    at::Tensor sent = own;
    if (own.size(0) != most) {
      sent = torch::zeros(shape, own.options());
      sent.narrow(0, 0, own.size(0)).copy_(own);
    }
    std::vector<at::Tensor> inputs = {carried_of(sent)};
    std::vector<std::vector<at::Tensor> > outputs(1);
    for (int r = 0; r < size(); ++r) outputs[0].push_back(torch::empty_like(inputs[0]));
    collectively("fingerprints", [&] { transport(inputs[0]).allgather(outputs, inputs)->wait(); });
    std::vector<at::Tensor> blocks;
    blocks.reserve(rows.size());
    for (size_t r = 0; r < rows.size(); ++r) blocks.push_back(outputs[0][r].narrow(0, 0, rows[r]));
    return torch::cat(blocks).to(own.device());
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

  void leave(const std::string& reason, StopRequest asked) noexcept override {
    try {
      disconnect();
      say_farewell(store_, rank(), reason, asked);
    } catch (...) {  // the store is gone with the rank that held it
    }
  }

 private:
  /// Until all have come.
  void meet(const std::string& address) {
    const std::string network = own_network();
    Meeting meeting(store_, rank(), size(), network);
    const auto until = Clock::now() + milliseconds_of(timeout_s_);
    for (auto absent = meeting.absent(); !absent.empty(); absent = meeting.absent()) {
      throw_if_cancelled();
      if (Clock::now() > until)
        throw Error(fmt::format("{} of {} did not come within {:g} s", names_of(absent), size(), timeout_s_));
      std::this_thread::sleep_for(kLook);
    }
    store_ = meeting.place();
    const auto networks = meeting.told();
    on_one_machine_ =
        std::ranges::all_of(networks, [&](const std::string& other) { return other == network; });
#ifdef MELOMINE_GLOO
    contact_ = gloo_contact(on_one_machine_, address);
#endif
  }

  void connect() {
    try {
#ifdef MELOMINE_GLOO
      gloo_ = connect_gloo(store_, rank(), size(), contact_, milliseconds_of(timeout_s_));
#endif
#ifdef MELOMINE_NCCL
      if (torch::cuda::is_available()) {
        ::setenv("TORCH_NCCL_BLOCKING_WAIT", "1", 0);  // or a wait neither waits nor throws
        auto options = c10d::ProcessGroupNCCL::Options::create();
        options->timeout = milliseconds_of(timeout_s_);
        nccl_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(
            c10::make_intrusive<c10d::PrefixStore>("nccl", store_), rank(), size(), options);
      }
#endif
    } catch (const std::exception& e) {
      explain_no_contact(in_one_line(e.what()));
    }
    if (!gloo_ && !nccl_ && !host_)
      throw Error("this build joins ranks of several machines by NCCL alone, which needs a CUDA device");
  }

  /// Others may wait for the first contact still, and answer no roll call.
  [[noreturn]] void explain_no_contact(const std::string& message) {
    disconnect();
    std::vector<int> ranks(static_cast<size_t>(size()));
    std::iota(ranks.begin(), ranks.end(), 0);
    std::optional<Farewell> farewell;
    try {
      const auto found = answer_within<std::optional<Farewell> >(
          kRollCall, [store = store_, ranks] { return farewell_of(store, ranks); });
      if (found) farewell = *found;
    } catch (const std::exception&) {  // the store is gone with the rank that held it
    }
    if (farewell) follow(*farewell, rank());
    throw Error(fmt::format(
        "rank {} of {}, whose address is {}, cannot reach the others: {}{}", rank(), size(), contact_.address,
        message,
        on_one_machine_ ? "" : fmt::format("; {} may name another network interface", kInterfaceVariable)));
  }

  at::Tensor gather_in_memory(const at::Tensor& own, const std::vector<int64_t>& rows) {
    std::vector<int64_t> shape = own.sizes().vec();
    shape[0] = std::accumulate(rows.begin(), rows.end(), int64_t{0});
    at::Tensor all = torch::empty(shape, own.options());
    const int64_t row = shape[0] == 0 ? 0 : all.numel() / shape[0] * all.element_size();
    std::vector<size_t> bytes;
    for (const int64_t of_rank : rows) bytes.push_back(static_cast<size_t>(of_rank * row));
    collectively("fingerprints", [&] {
      host_->gather(static_cast<const std::byte*>(own.data_ptr()), bytes,
                    static_cast<std::byte*>(all.data_ptr()));
    });
    return all;
  }

  /// Where only NCCL carries, values of the processor travel by the rank's device.
  at::Tensor carried_of(const at::Tensor& values) const {
    if (gloo_ || values.is_cuda()) return values;
    return values.to(torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(local_rank())));
  }

  Collectives& transport(const at::Tensor& values) {
    if (nccl_ && values.is_cuda()) return *nccl_;
    if (!gloo_) throw Error("this rank has left");
    return *gloo_;
  }

  void disconnect() {
    host_.reset();
    gloo_.reset();
    nccl_.reset();
  }

  template <class Call>
  void collectively(const char* what, Call call) {
    try {
      call();
    } catch (const std::exception& e) {
      explain(what, in_one_line(e.what()));
    }
  }

  /// Calls the roll: closes the own connections first, so that others who wait for this rank fail as well and
  /// answer.
  [[noreturn]] void explain(const char* what, const std::string& message) {
    disconnect();
    std::optional<RollCall> roll;
    try {
      roll = answer_within<RollCall>(2 * kRollCall, [store = store_, rank = rank(), size = size()] {
        return call_the_roll(store, rank, size);
      });
    } catch (const std::exception&) {  // the store is gone with the rank that held it
    }
    if (!roll) throw Error(lost({0}, message));
    if (roll->farewell) follow(*roll->farewell, rank());
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
      leave(e.what(), asked_by(e));
      throw;
    }
    stop_beating();
    set_text(store_, key_of("done", turn), "1");
  }

  /// Looks whether rank 0 is through, has left, or beats.
  void wait_for_first(int turn) {
    struct Sight {
      bool done = false;
      std::optional<Farewell> farewell;
      std::string beat;
    };
    const std::function<Sight()> look = [store = store_, turn] {
      Sight sight{
          .done = store->check({key_of("done", turn)}), .farewell = farewell_of(store, {0}), .beat = {}};
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
      if (sight && sight->farewell) follow(*sight->farewell, rank());
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
  bool on_one_machine_ = true;
  Contact contact_;
  c10::intrusive_ptr<Collectives> gloo_, nccl_;  ///< none: the build or the machine lacks it
  std::unique_ptr<HostExchange> host_;           ///< none: not all ranks are on this machine
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
    const bool by_file = place.address.empty();
    throw Error(fmt::format("rank {} of {} cannot meet the others at {}: {}{}", place.rank, place.size,
                            by_file ? std::string("a file") : fmt::format("{}:{}", place.address, place.port),
                            in_one_line(e.what()),
                            place.beside_torchrun
                                ? " (rank 0 serves the port behind torchrun's; where it is on another "
                                  "machine than torchrun's meeting point, "
                                  "set TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1)"
                                : ""));
  }
  return std::make_unique<C10dGroup>(place, std::move(store), timeout_s);
}

#endif

}  // namespace melomine::distributed
