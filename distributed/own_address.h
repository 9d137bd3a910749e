#pragma once

#include <string>
#include <vector>

namespace melomine::distributed {

/// Names the network interface by which ranks on several machines reach each other.
inline constexpr const char* kInterfaceVariable = "GLOO_SOCKET_IFNAME";

/// @throws ConfigError where this machine has no interface of this name, or it has no address
void require_interface(const std::string& name);

/// Names the network in which this process is: the same for those that reach each other by the loopback
/// address.
std::string own_network();

/// What is known of how other machines may reach this one. Addresses as text, empty where there is none.
struct OwnAddresses {
  std::vector<std::string> of_host_name;   ///< those of this machine that its name stands for
  std::string towards_meeting_point;       ///< from which it would send to where the ranks meet
  std::string towards_elsewhere;           ///< from which it would send by its default route
  std::vector<std::string> of_interfaces;  ///< of all interfaces that are up
};

/// Looks them up. @param meeting_point  MASTER_ADDR; empty: the ranks meet by a file
OwnAddresses own_addresses(const std::string& meeting_point);

/// The first that is no loopback address: of the host name, towards the meeting point, of the only interface,
/// by the default route. Many a system has the host's own name stand for 127.0.1.1 (Debian's /etc/hosts), at
/// which no other machine reaches it.
/// @throws Error naming GLOO_SOCKET_IFNAME where there is none
std::string address_for_others(const OwnAddresses& known);

}  // namespace melomine::distributed
