#pragma once

#include "cli/command.h"

namespace melomine::cli {

/// Runs `melomine ARGS`; an error is told in one line on standard error.
/// @returns an ExitStatus, or one of the command's own
int run_command_line(const Arguments& args);

}  // namespace melomine::cli
