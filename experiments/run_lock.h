#pragma once

#include <optional>
#include <string>

#include "core/folder_lock.h"
#include "experiments/run_layout.h"

namespace melomine::experiments {

/// A run that this process works in: no other may, but for workers that share a round of mining.
class RunLock {
 public:
  /// Takes the run where its folder is there already, so that nothing is prepared in vain.
  /// @param worker  "0-of-3": works beside workers of other names; empty: alone
  /// @throws DataError naming the process that works there
  explicit RunLock(const RunLayout& layout, std::string worker = {});
  /// Makes the folder when it is absent, and takes it; nothing when it is held. @throws DataError
  void take();

 private:
  RunLayout layout_;
  std::string worker_;
  std::optional<FolderLock> run_, own_;
};

}  // namespace melomine::experiments
