#include "models/compute_threads.h"

#include "core/error.h"
#include "models/torch_compat.h"

namespace melomine::models {

bool is_cpu(const std::string& device) {
  return parse_device(device).is_cpu();
}

int compute_threads() {
  return torch::get_num_threads();
}

void set_compute_threads(int threads) {
  if (threads < 1) throw ConfigError("threads must be >= 1, got " + std::to_string(threads));
  torch::set_num_threads(threads);
}

ComputeThreads::ComputeThreads(int64_t threads) {
  if (threads == 0) return;
  before_ = torch::get_num_threads();
  set_compute_threads(static_cast<int>(threads));
}

ComputeThreads::~ComputeThreads() {
  if (before_ > 0) torch::set_num_threads(before_);
}

}  // namespace melomine::models
