#include "experiments/run_lock.h"

#include <filesystem>
#include <utility>

#include "core/atomic_file.h"

namespace melomine::experiments {

RunLock::RunLock(const RunLayout& layout, std::string worker) : layout_(layout), worker_(std::move(worker)) {
  if (std::filesystem::is_directory(layout_.folder())) take();
}

void RunLock::take() {
  if (run_) return;
  make_folder(layout_.folder());
  if (worker_.empty()) {
    run_.emplace(layout_.folder());
    return;
  }
  own_.emplace(layout_.folder(), FolderLock::Sharing::kAlone, "." + worker_ + kLockFile);
  run_.emplace(layout_.folder(), FolderLock::Sharing::kShared);
}

void RunLock::keep_log() {
  if (!log_) log_.emplace(layout_.log());
}

}  // namespace melomine::experiments
