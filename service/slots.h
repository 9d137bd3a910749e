#pragma once

#include <cstdint>
#include <mutex>

namespace melomine::service {

/// A number of things that may be under way at once.
class Slots {
 public:
  explicit Slots(int64_t count) : free_(count) {}

  bool try_take() {
    const std::lock_guard lock(mutex_);
    if (free_ == 0) return false;
    --free_;
    return true;
  }
  void give_back() {
    const std::lock_guard lock(mutex_);
    ++free_;
  }

 private:
  std::mutex mutex_;
  int64_t free_;
};

/// One of them, for as long as this lives; or none, where all are taken.
class Slot {
 public:
  explicit Slot(Slots& slots) : slots_(slots), taken_(slots.try_take()) {}
  ~Slot() {
    if (taken_) slots_.give_back();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  explicit operator bool() const { return taken_; }

 private:
  Slots& slots_;
  bool taken_;
};

}  // namespace melomine::service
