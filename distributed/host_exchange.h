#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace melomine::distributed {

/// What ranks of one machine exchange through memory that they share, where sockets would copy all of it
/// through the kernel. The memory has no name in any folder and is gone with its last process. All ranks must
/// make the same calls in the same order.
///
/// A call throws, in all others, an Error once a rank's process has ended or its exchange is destroyed, or
/// after the time-out.
class HostExchange {
 public:
  /// Rank 0's. @returns null where the system has no such memory
  static std::unique_ptr<HostExchange> create(int size, double timeout_s);
  /// Another rank's. @param address  of rank 0's exchange
  /// @returns null where that one is on another machine, or cannot be seen
  static std::unique_ptr<HostExchange> open(const std::string& address, int rank, int size, double timeout_s);
  ~HostExchange();
  HostExchange(const HostExchange&) = delete;
  HostExchange& operator=(const HostExchange&) = delete;

  /// For open(), on this machine.
  const std::string& address() const { return address_; }

  /// Each value becomes the sum over the ranks, taken in their order: the same bits on all of them.
  void sum(std::span<float> values);
  void sum(std::span<double> values);
  /// The bytes of all ranks, one rank's after the other's.
  /// @param bytes  of each rank
  /// @param all    room for them
  void gather(const std::byte* own, const std::vector<size_t>& bytes, std::byte* all);

 private:
  HostExchange(int file, std::string address, int rank, int size, double timeout_s);
  /// Maps the memory and says that this rank is here. @returns whether the system allowed it
  bool enter();
  /// Until all ranks have come so far.
  void meet();
  bool wait_for(int rank, uint32_t turn);
  bool is_gone(int rank) const;
  size_t bytes() const;
  std::byte* slot(int rank) const;
  template <class T>
  void sum_values(std::span<T> values);
  template <class T>
  void sum_chunk(std::span<T> values);

  int file_;
  std::string address_;
  int rank_, size_;
  double timeout_s_;
  std::byte* memory_ = nullptr;
  uint32_t turn_ = 0;    ///< how often this rank has met the others
  uint64_t chunks_ = 0;  ///< of which each takes the slot that the one before did not
};

}  // namespace melomine::distributed
