#include "core/cancellation.h"

#include <atomic>
#include <csignal>

#include "core/error.h"

namespace melomine {
namespace {

std::atomic<StopRequest> request{StopRequest::kNone};
static_assert(std::atomic<StopRequest>::is_always_lock_free);

void on_signal(int signal) {
  auto none = StopRequest::kNone;
  const auto wanted = signal == SIGINT ? StopRequest::kInterrupted : StopRequest::kPreempted;
  if (request.compare_exchange_strong(none, wanted) || signal != SIGINT) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void install_cancellation_handler() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);  // the write fails instead, and its error names the file
}

StopRequest stop_request() {
  return request.load(std::memory_order_relaxed);
}

bool cancellation_requested() {
  return stop_request() != StopRequest::kNone;
}

void throw_if_cancelled() {
  switch (stop_request()) {
    case StopRequest::kNone:
      return;
    case StopRequest::kInterrupted:
      throw Cancelled("interrupted; run the same command again to continue");
    case StopRequest::kPreempted:
      throw Cancelled("preempted; run the same command again to continue");
  }
}

void request_stop(StopRequest wanted) {
  auto none = StopRequest::kNone;
  request.compare_exchange_strong(none, wanted);
}

void set_cancellation_requested(bool requested) {
  request = requested ? StopRequest::kInterrupted : StopRequest::kNone;
}

}  // namespace melomine
