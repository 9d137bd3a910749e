#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace melomine::service {

/// How long a client may take.
struct ConnectionTimes {
  std::chrono::milliseconds piece{5000};   ///< for a head, and for each piece of a body or an answer
  std::chrono::milliseconds whole{30000};  ///< for a request from its head's end to the end of its answer
};

/// One accepted socket, read and written with deadlines: whoever sends a byte now and then, or reads none,
/// holds it no longer than these. It closes the socket.
class Connection {
 public:
  /// @param socket  taken over
  /// @param stop    a descriptor that becomes readable when the service ends; waiting ends with it
  Connection(int socket, int stop, const ConnectionTimes& times);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The next request's head with its blank line; what comes behind it is kept for `read`. Nothing where the
  /// client left, said nothing in time or the service ends.
  /// @throws HttpError 408, 431
  std::optional<std::string> read_head();
  /// @returns the number of bytes got, 0 at the end of what the client sends, -1 where it took too long, the
  /// connection broke or the service ends
  ssize_t read(char* bytes, size_t size);
  /// All of it, or false.
  bool write(std::string_view bytes);

  int socket() const { return socket_; }

 private:
  using Clock = std::chrono::steady_clock;
  enum class Ready { kYes, kStopped, kTooLate };

  Ready wait(short events, Clock::time_point until, bool until_stop) const;
  /// More bytes into `kept_`. @returns as read
  ssize_t receive(Clock::time_point until);

  int socket_, stop_;
  ConnectionTimes times_;
  Clock::time_point whole_until_;
  std::string kept_;  ///< received, not yet read
};

}  // namespace melomine::service
