#include "distributed/own_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/this_machine.h"

namespace melomine::distributed {
namespace {

namespace fs = std::filesystem;

/// Documentation's own network (RFC 5737): nothing is sent there, it only asks for a route.
constexpr const char* kElsewhere = "198.51.100.1";

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  if (bytes == nullptr || ::inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

/// Of this machine alone, or of one link alone.
bool stays_here(const std::string& address) {
  return address.empty() || address.starts_with("127.") || address == "::1" || address.starts_with("fe80:");
}

using Found = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Found look_up(const std::string& host) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  if (::getaddrinfo(host.c_str(), "9", &hints, &found) != 0) found = nullptr;
  return {found, &::freeaddrinfo};
}

class Socket {
 public:
  explicit Socket(int family) : fd_(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// The source address that the kernel would choose. A datagram's socket sends nothing when it is connected.
std::string source_towards(const std::string& host) {
  const Found found = look_up(host);
  for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
    const Socket socket(at->ai_family);
    sockaddr_storage own{};
    socklen_t size = sizeof(own);
    if (socket.get() < 0 || ::connect(socket.get(), at->ai_addr, at->ai_addrlen) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0)
      continue;
    if (std::string text = text_of(reinterpret_cast<const sockaddr*>(&own)); !stays_here(text)) return text;
  }
  return {};
}

/// Addresses of a name that are this machine's own: those that a socket can be bound to.
std::vector<std::string> own_of(const std::string& host) {
  std::vector<std::string> own;
  const Found found = look_up(host);
  for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
    const Socket socket(at->ai_family);
    if (socket.get() >= 0 && ::bind(socket.get(), at->ai_addr, at->ai_addrlen) == 0)
      own.push_back(text_of(at->ai_addr));
  }
  return own;
}

std::vector<std::string> of_interfaces() {
  std::vector<std::string> addresses;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return addresses;
  for (const ifaddrs* at = first; at != nullptr; at = at->ifa_next)
    if (at->ifa_addr != nullptr && (at->ifa_flags & IFF_UP) != 0 && (at->ifa_flags & IFF_LOOPBACK) == 0)
      if (const std::string text = text_of(at->ifa_addr); !stays_here(text)) addresses.push_back(text);
  ::freeifaddrs(first);
  return addresses;
}

}  // namespace

void require_interface(const std::string& name) {
  std::vector<std::string> known;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return;
  for (const ifaddrs* at = first; at != nullptr; at = at->ifa_next)
    if (at->ifa_addr != nullptr && !text_of(at->ifa_addr).empty() &&
        std::ranges::find(known, at->ifa_name) == known.end())
      known.emplace_back(at->ifa_name);
  ::freeifaddrs(first);
  if (std::ranges::find(known, name) == known.end())
    throw ConfigError(
        fmt::format("{}={}: this machine has no network interface of this name with an address; it has {}",
                    kInterfaceVariable, name, fmt::join(known, ", ")));
}

std::string own_network() {
  std::string network;
  try {
    network = read_file("/proc/sys/kernel/random/boot_id");
    network += fs::read_symlink("/proc/self/ns/net").string();
  } catch (const std::exception&) {  // a system without /proc
    network += host_name();
  }
  std::erase(network, '\n');
  return network;
}

OwnAddresses own_addresses(const std::string& meeting_point) {
  return {.of_host_name = own_of(host_name()),
          .towards_meeting_point = meeting_point.empty() ? "" : source_towards(meeting_point),
          .towards_elsewhere = source_towards(kElsewhere),
          .of_interfaces = of_interfaces()};
}

std::string address_for_others(const OwnAddresses& known) {
  for (const std::string& address : known.of_host_name)
    if (!stays_here(address)) return address;
  if (!stays_here(known.towards_meeting_point)) return known.towards_meeting_point;
  if (known.of_interfaces.size() == 1) return known.of_interfaces.front();
  if (!stays_here(known.towards_elsewhere)) return known.towards_elsewhere;
  throw Error(fmt::format(
      "the ranks are on several machines, and it cannot be told at which address others reach this one ({}): "
      "let {} name the network interface",
      known.of_interfaces.empty() ? "it has none but loopback"
                                  : fmt::format("it has {}", fmt::join(known.of_interfaces, ", ")),
      kInterfaceVariable));
}

}  // namespace melomine::distributed
