#include "service/connection.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "service/http_error.h"
#include "service/request_head.h"

namespace melomine::service {
namespace {

constexpr size_t kPiece_bytes = 16384;
/// What a client is still sending is read and dropped for this long and this much, so that it reads its
/// answer before it learns that the connection is closed.
constexpr std::chrono::milliseconds kLinger{1000};
constexpr int64_t kLinger_bytes = 64 << 20;

}  // namespace

Connection::Connection(int socket, int stop, const ConnectionTimes& times)
    : socket_(socket), stop_(stop), times_(times), whole_until_(Clock::now() + times.whole) {
  ::fcntl(socket_, F_SETFD, FD_CLOEXEC);
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

Connection::~Connection() {
  ::shutdown(socket_, SHUT_WR);
  const auto until = Clock::now() + kLinger;
  std::array<char, kPiece_bytes> dropped{};
  for (int64_t bytes = 0; bytes < kLinger_bytes && wait(POLLIN, until, true) == Ready::kYes;) {
    const ssize_t got = ::recv(socket_, dropped.data(), dropped.size(), 0);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) break;
    bytes += std::max<ssize_t>(got, 0);
  }
  ::close(socket_);
}

Connection::Ready Connection::wait(short events, Clock::time_point until, bool until_stop) const {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return Ready::kTooLate;
    std::array<pollfd, 2> polled{{{socket_, events, 0}, {stop_, POLLIN, 0}}};
    const int ready = ::poll(polled.data(), until_stop ? 2 : 1, static_cast<int>(std::min(left, 60000L)));
    if (ready < 0 && errno != EINTR) return Ready::kTooLate;
    if (ready <= 0) continue;
    if (until_stop && polled[1].revents != 0) return Ready::kStopped;
    if (polled[0].revents != 0) return Ready::kYes;  // an error is found by reading or writing
  }
}

ssize_t Connection::receive(Clock::time_point until) {
  for (;;) {
    if (wait(POLLIN, until, true) != Ready::kYes) return -1;
    const size_t before = kept_.size();
    kept_.resize(before + kPiece_bytes);
    const ssize_t got = ::recv(socket_, kept_.data() + before, kPiece_bytes, 0);
    kept_.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got >= 0) return got;
    if (errno != EINTR && errno != EAGAIN) return -1;
  }
}

std::optional<std::string> Connection::read_head() {
  const auto until = Clock::now() + times_.piece;
  for (;;) {
    const size_t end = kept_.find("\r\n\r\n");
    if (end != kept_.npos && end + 4 <= kLongestHead_bytes) {
      std::string head = kept_.substr(0, end + 4);
      kept_.erase(0, end + 4);
      whole_until_ = Clock::now() + times_.whole;
      return head;
    }
    if (kept_.size() >= kLongestHead_bytes) throw HttpError(431, "the request's head is too long");
    const ssize_t got = receive(until);
    if (got > 0) continue;
    if (got == 0 || kept_.empty()) return std::nullopt;
    throw HttpError(408, "the request's head did not come in time");
  }
}

ssize_t Connection::read(char* bytes, size_t size) {
  if (kept_.empty()) {
    const ssize_t got = receive(std::min(whole_until_, Clock::now() + times_.piece));
    if (got <= 0) return got;
  }
  const size_t count = std::min(size, kept_.size());
  std::memcpy(bytes, kept_.data(), count);
  kept_.erase(0, count);
  return static_cast<ssize_t>(count);
}

bool Connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put > 0) {
      bytes.remove_prefix(static_cast<size_t>(put));
      continue;
    }
    if (put < 0 && errno != EAGAIN && errno != EINTR) return false;
    // An answer is finished also while the service ends.
    if (wait(POLLOUT, std::min(whole_until_, Clock::now() + times_.piece), false) != Ready::kYes)
      return false;
  }
  return true;
}

}  // namespace melomine::service
