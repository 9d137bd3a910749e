#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "distributed/host_exchange.h"
#include "distributed/own_address.h"
#include "distributed/rendezvous.h"

#ifdef MELOMINE_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif

/// The first contact of ranks, and what c10d's transports lack: for process_group.cpp alone, the one file
/// that compiles c10d.
namespace melomine::distributed {

#if TORCH_VERSION_MAJOR >= 2
using Collectives = c10d::Backend;
#else
using Collectives = c10d::ProcessGroup;
#endif

/// Where others reach this rank.
struct Contact {
  std::string address = "unknown";  ///< as messages tell it
#ifdef MELOMINE_GLOO
  std::shared_ptr<gloo::transport::Device> device = nullptr;
#endif
};

#ifdef MELOMINE_GLOO

/// Gloo's own choice is the address of the host's name, which is often a loopback address.
/// @param meeting_point  MASTER_ADDR; empty: the ranks meet by a file
inline Contact gloo_contact(bool on_one_machine, const std::string& meeting_point) {
  using c10d::ProcessGroupGloo;
  if (const char* interface = std::getenv(kInterfaceVariable); interface != nullptr) {
    require_interface(interface);
    return {fmt::format("that of {}", interface), ProcessGroupGloo::createDeviceForInterface(interface)};
  }
  const std::string address = on_one_machine ? "127.0.0.1" : address_for_others(own_addresses(meeting_point));
  return {address, ProcessGroupGloo::createDeviceForHostname(address)};
}

/// Waits for the others no longer than is said: Gloo itself allows a first contact five times as long.
inline c10::intrusive_ptr<c10d::ProcessGroupGloo> connect_gloo(const Store& store, int rank, int size,
                                                               const Contact& contact,
                                                               std::chrono::milliseconds timeout) {
  using Gloo = c10::intrusive_ptr<c10d::ProcessGroupGloo>;
  auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  options->devices.push_back(contact.device);
  const auto made = answer_within<Gloo>(timeout, [=] {
    return c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store),
                                                       rank, size, options);
  });
  if (!made)
    throw Error(fmt::format("no answer within {:g} s", std::chrono::duration<double>(timeout).count()));
  return *made;
}

#endif

/// Sums of more than two ranks in their order, as ranks of one machine have it, so that where they run makes
/// no difference: Gloo's own takes them in an order that goes by place. Each rank adds up one part.
inline void sum_in_order(Collectives& by, int size, at::Tensor& values) {
  const int64_t count = values.numel(), part = (count + size - 1) / size;
  at::Tensor sent = torch::zeros({size, part}, values.options()), received = torch::empty_like(sent);
  sent.view({-1}).narrow(0, 0, count).copy_(values.view({-1}));
  std::vector<int64_t> equal;
  by.alltoall_base(received, sent, equal, equal)->wait();
  std::vector<at::Tensor> sums = {received[0]};
  for (int r = 1; r < size; ++r) sums[0].add_(received[r]);
  std::vector<std::vector<at::Tensor> > parts(1);
  for (int r = 0; r < size; ++r) parts[0].push_back(sent[r]);
  by.allgather(parts, sums)->wait();
  values.view({-1}).copy_(sent.view({-1}).narrow(0, 0, count));
}

/// Ranks that are all on one machine exchange what is in the processor's memory there.
/// @returns null, on all ranks, where one is elsewhere or does not want it
inline std::unique_ptr<HostExchange> share_memory(const Store& store, int rank, int size, bool wanted,
                                                  double timeout_s) {
  std::unique_ptr<HostExchange> host;
  const std::string address = key_of("memory", 0);
  if (rank == 0) {
    if (wanted) host = HostExchange::create(size, timeout_s);
    set_text(store, address, host ? host->address() : "none");
  } else if (wanted) {
    host = HostExchange::open(text_at(store, address), rank, size, timeout_s);
  }
  set_text(store, key_of("shares", rank), host ? "1" : "0");
  bool all = true;
  for (int r = 0; r < size; ++r) all = text_at(store, key_of("shares", r)) == "1" && all;
  return all ? std::move(host) : nullptr;
}

}  // namespace melomine::distributed
