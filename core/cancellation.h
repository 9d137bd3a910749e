#pragma once

namespace melomine {

/// From here on SIGINT and SIGTERM only raise a flag; a second one ends the process at once. A write beyond
/// the limit of a file's size (ulimit -f) fails, where it would end the process.
void install_cancellation_handler();

/// Whether the user asked to stop. Long loops look at it between items.
bool cancellation_requested();

/// @throws Cancelled when the user asked to stop
void throw_if_cancelled();

/// For tests: raise or clear the flag.
void set_cancellation_requested(bool requested);

}  // namespace melomine
