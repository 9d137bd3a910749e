#pragma once

#include "cli/command.h"

namespace melomine::cli {

/// Runs `melomine ARGS`; an error is told in one line on standard error.
/// @returns the exit status: 0 done, 1 failed, 2 a wrong command line or configuration, 130 cancelled
int run_command_line(const Arguments& args);

}  // namespace melomine::cli
