#include "distributed/host_exchange.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <climits>
#include <cstring>
#include <random>

#include "core/error.h"
#include "core/simd.h"

namespace melomine::distributed {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kSlotBytes = size_t{1} << 20;  // of each rank, twice; stays in the caches
constexpr size_t kDirectBytes = size_t{1}
                                << 15;  // up to so many each rank adds all, and one meeting is enough
constexpr size_t kLine = 64;
constexpr int kSpins = 2000;                           // some 50 µs: a rank that comes soon
constexpr auto kLook = std::chrono::milliseconds(20);  // between looks whether a rank that is late lives
constexpr std::string_view kName = "melomine-ranks-";

size_t pages(size_t bytes) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

/// A file in memory, as the links in /proc call it.
std::string link_of(std::string_view name) {
  return fmt::format("/memfd:{} (deleted)", name);
}

/// One word of each rank, at the place of its rank. A process that ends, however it ends, leaves its locks.
struct flock word_of(int rank, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = rank;
  lock.l_len = 1;
  return lock;
}

/// `to` may be `a`.
template <class T>
MELOMINE_WIDE_CLONES void add(const T* a, const T* b, size_t count, T* to) {
  for (size_t i = 0; i < count; ++i) to[i] = a[i] + b[i];
}

/// How far a rank has come. One of each stands at the begin of the memory, before the slots.
struct alignas(kLine) Place {
  std::atomic<uint32_t> turn;
};

std::atomic<uint32_t>& turn_of(std::byte* memory, int rank) {
  return reinterpret_cast<Place*>(memory)[rank].turn;
}

size_t bytes_of_places(int size) {
  return pages(sizeof(Place) * static_cast<size_t>(size));
}

}  // namespace

HostExchange::HostExchange(int file, std::string address, int rank, int size, double timeout_s)
    : file_(file), address_(std::move(address)), rank_(rank), size_(size), timeout_s_(timeout_s) {}

std::unique_ptr<HostExchange> HostExchange::create(int size, double timeout_s) {
  std::random_device random;
  const std::string name = fmt::format("{}{:08x}{:08x}", kName, random(), random());
  const int file = ::memfd_create(name.c_str(), MFD_CLOEXEC);
  if (file < 0) return nullptr;
  std::unique_ptr<HostExchange> exchange(
      new HostExchange(file, fmt::format("{} {} {}", ::getpid(), file, name), 0, size, timeout_s));
  if (!exchange->enter()) return nullptr;
  return exchange;
}

std::unique_ptr<HostExchange> HostExchange::open(const std::string& address, int rank, int size,
                                                 double timeout_s) {
  int pid = 0, number = 0;
  const char* end = address.data() + address.size();
  const auto first = std::from_chars(address.data(), end, pid);
  if (first.ec != std::errc() || first.ptr == end) return nullptr;
  const auto second = std::from_chars(first.ptr + 1, end, number);
  if (second.ec != std::errc() || second.ptr == end) return nullptr;
  const std::string_view name(second.ptr + 1, end);
  // On another machine that process may be any. The name is looked at before anything is opened.
  const std::string path = fmt::format("/proc/{}/fd/{}", pid, number);
  std::array<char, 256> target{};
  if (::readlink(path.c_str(), target.data(), target.size() - 1) < 0 || !name.starts_with(kName) ||
      link_of(name) != target.data())
    return nullptr;
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  std::unique_ptr<HostExchange> exchange(new HostExchange(file, address, rank, size, timeout_s));
  if (!exchange->enter()) return nullptr;
  return exchange;
}

HostExchange::~HostExchange() {
  if (memory_ != nullptr) ::munmap(memory_, bytes());
  ::close(file_);
}

bool HostExchange::enter() {
  static_assert(std::atomic<uint32_t>::is_always_lock_free);
  struct flock lock = word_of(rank_, F_WRLCK);
  if (::fcntl(file_, F_OFD_SETLK, &lock) != 0) return false;
  if (rank_ == 0 && ::ftruncate(file_, static_cast<off_t>(bytes())) != 0) return false;
  void* memory = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (memory == MAP_FAILED) return false;
  memory_ = static_cast<std::byte*>(memory);
  return true;
}

size_t HostExchange::bytes() const {
  return bytes_of_places(size_) + 2 * kSlotBytes * static_cast<size_t>(size_);
}

std::byte* HostExchange::slot(int rank) const {
  const auto ranks = static_cast<size_t>(size_);
  return memory_ + bytes_of_places(size_) + (static_cast<size_t>(rank) + ranks * (chunks_ % 2)) * kSlotBytes;
}

bool HostExchange::is_gone(int rank) const {
  struct flock lock = word_of(rank, F_WRLCK);
  return ::fcntl(file_, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

bool HostExchange::wait_for(int rank, uint32_t turn) {
  auto& theirs = turn_of(memory_, rank);
  const auto has_come = [&] {
    return static_cast<int32_t>(theirs.load(std::memory_order_acquire) - turn) >= 0;
  };
  for (int spin = 0; spin < kSpins; ++spin) {
    if (has_come()) return true;
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
  }
  const auto until = Clock::now() + std::chrono::duration<double>(timeout_s_);
  while (Clock::now() < until) {
    const uint32_t seen = theirs.load(std::memory_order_acquire);
    if (has_come()) return true;
    const timespec look{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(kLook).count()};
    const bool woken = ::syscall(SYS_futex, &theirs, FUTEX_WAIT, seen, &look, nullptr, 0) == 0;
    if (!woken && errno == ETIMEDOUT && is_gone(rank) && !has_come())
      throw Error(fmt::format("the process of rank {} has ended", rank));
  }
  return has_come();
}

void HostExchange::meet() {
  auto& own = turn_of(memory_, rank_);
  own.store(++turn_, std::memory_order_release);
  ::syscall(SYS_futex, &own, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  for (int other = 0; other < size_; ++other)
    if (other != rank_ && !wait_for(other, turn_))
      throw Error(fmt::format("rank {} did not come within {:g} s", other, timeout_s_));
}

// Slots are taken by turns: a rank writes to one again only after a meeting to which all others came when
// they had read it.
template <class T>
void HostExchange::sum_chunk(std::span<T> values) {
  const size_t bytes = values.size_bytes();
  std::memcpy(slot(rank_), values.data(), bytes);
  meet();
  const auto of = [&](int rank) { return reinterpret_cast<T*>(slot(rank)); };
  const auto add_up = [&](size_t begin, size_t end, T* to) {
    add(of(0) + begin, of(1) + begin, end - begin, to);
    for (int rank = 2; rank < size_; ++rank) add<T>(to, of(rank) + begin, end - begin, to);
  };
  if (bytes <= kDirectBytes) {
    add_up(0, values.size(), values.data());
    return;
  }
  // Each rank adds up its part, which nobody else reads of its slot, and takes the others' from theirs.
  const auto part_of = [&](int rank) {
    return values.size() * static_cast<size_t>(rank) / static_cast<size_t>(size_);
  };
  const size_t begin = part_of(rank_), end = part_of(rank_ + 1);
  add_up(begin, end, values.data() + begin);
  std::memcpy(of(rank_) + begin, values.data() + begin, (end - begin) * sizeof(T));
  meet();
  for (int other = 0; other < size_; ++other)
    if (other != rank_)
      std::memcpy(values.data() + part_of(other), of(other) + part_of(other),
                  (part_of(other + 1) - part_of(other)) * sizeof(T));
}

template <class T>
void HostExchange::sum_values(std::span<T> values) {
  for (constexpr size_t most = kSlotBytes / sizeof(T); !values.empty(); ++chunks_) {
    const size_t count = std::min(most, values.size());
    sum_chunk(values.first(count));
    values = values.subspan(count);
  }
}

void HostExchange::sum(std::span<float> values) {
  sum_values(values);
}

void HostExchange::sum(std::span<double> values) {
  sum_values(values);
}

void HostExchange::gather(const std::byte* own, const std::vector<size_t>& bytes, std::byte* all) {
  const size_t most = *std::max_element(bytes.begin(), bytes.end());
  const auto piece = [](size_t whole, size_t done) {
    return std::min(kSlotBytes, whole - std::min(whole, done));
  };
  for (size_t done = 0; done < most; done += kSlotBytes, ++chunks_) {
    const size_t mine = piece(bytes[static_cast<size_t>(rank_)], done);
    if (mine > 0) std::memcpy(slot(rank_), own + done, mine);
    meet();
    std::byte* to = all;
    for (int rank = 0; rank < size_; ++rank) {
      const size_t whole = bytes[static_cast<size_t>(rank)], theirs = piece(whole, done);
      if (theirs > 0) std::memcpy(to + done, slot(rank), theirs);
      to += whole;
    }
  }
}

}  // namespace melomine::distributed
