#pragma once

namespace melomine {

/// Who asked to stop.
enum class StopRequest {
  kNone,
  kInterrupted,  ///< a person: SIGINT, Ctrl-C
  kPreempted,    ///< whoever runs the machine: SIGTERM, SIGUSR1; the work is to be queued again
};

/// From here on SIGINT, SIGTERM and SIGUSR1 only raise a flag. A SIGINT after it ends the process at once;
/// the others may come as often as they like, as a batch system repeats them and sends them to whole groups.
/// A write beyond the limit of a file's size (ulimit -f) fails, where it would end the process.
void install_cancellation_handler();

/// Who asked to stop first.
StopRequest stop_request();

/// Whether anybody asked to stop. Long loops look at it between items.
bool cancellation_requested();

/// @throws Cancelled when anybody asked to stop
void throw_if_cancelled();

/// Raises the flag, unless it is: for those who hear of it otherwise than by a signal.
void request_stop(StopRequest wanted);

/// For tests: raise or clear the flag, as Ctrl-C raises it.
void set_cancellation_requested(bool requested);

}  // namespace melomine
