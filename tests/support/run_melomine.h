#pragma once

#include "tests/support/run_command.h"

namespace melomine::testing {

/// Runs the melomine binary of this build (MELOMINE_BINARY, a compile definition) without a shell.
inline CommandResult run_melomine(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {MELOMINE_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run_command(std::move(words));
}

}  // namespace melomine::testing
