#pragma once

#include <optional>
#include <string>

#include "core/folder_lock.h"
#include "core/logging.h"
#include "experiments/run_layout.h"

namespace melomine::experiments {

/// Held, in a run's folder, by the command that writes its report beside whoever works in the run.
inline constexpr const char* kReportLockFile = ".report.lock";

/// A run that is worked in: no other process may, but for workers that share a round of mining.
class RunLock {
 public:
  /// Takes the run where its folder is there already, so that nothing is prepared in vain.
  /// @param worker  "worker-0-of-3": works beside workers of other names; empty: alone
  /// @throws DataError naming the process that works there
  explicit RunLock(const RunLayout& layout, std::string worker = {});
  /// Makes the folder when it is absent, and takes it; nothing when it is held. @throws DataError
  void take();
  /// What is logged from here on goes to the run's log too, until the run is let go. @throws DataError
  void keep_log();

 private:
  RunLayout layout_;
  std::string worker_;
  std::optional<FolderLock> run_, own_;
  std::optional<LogFile> log_;
};

}  // namespace melomine::experiments
