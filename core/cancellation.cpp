#include "core/cancellation.h"

#include <atomic>
#include <csignal>

#include "core/error.h"

namespace melomine {
namespace {

std::atomic<bool> requested_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int signal) {
  if (requested_flag.exchange(true)) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

void install_cancellation_handler() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);  // the write fails instead, and its error names the file
}

bool cancellation_requested() {
  return requested_flag.load(std::memory_order_relaxed);
}

void throw_if_cancelled() {
  if (cancellation_requested()) throw Cancelled("interrupted; run the same command again to continue");
}

void set_cancellation_requested(bool requested) {
  requested_flag = requested;
}

}  // namespace melomine
