#pragma once

#include <string>
#include <vector>

#include "core/child_process.h"

namespace melomine::sweeps {

/// Why a task ended without being finished.
struct Failure {
  /// "config", "data", "nan", "oom", "disk", "signal", "interrupted" or "other"
  std::string reason = {};
  std::string ending = {};  ///< "exit status 2", "killed by signal 9 (SIGKILL)"
  std::string error = {};   ///< the line that it printed last, without the program's name
};

/// @param printed  the end of what it printed
Failure failure_of(const ChildResult& result, const std::string& printed);

/// All reasons, as Failure has them.
const std::vector<std::string>& failure_reasons();

}  // namespace melomine::sweeps
