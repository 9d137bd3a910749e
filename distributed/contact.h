#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "core/error.h"
#include "distributed/own_address.h"
#include "distributed/rendezvous.h"

#ifdef MELOMINE_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif

/// The first contact of ranks by Gloo: for process_group.cpp alone, the one file that compiles c10d.
namespace melomine::distributed {

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

}  // namespace melomine::distributed
