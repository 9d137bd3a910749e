#pragma once

#include <cstdint>
#include <string>

/// Where libtorch computes, for those who do not see it.
namespace melomine::models {

/// Whether "cpu", "cuda", … names the processor itself. @throws ConfigError as parse_device
bool is_cpu(const std::string& device);

/// Threads of libtorch's kernels that the calling thread uses.
int compute_threads();

/// Threads of libtorch's kernels and of the BLAS it calls. Debian's libtorch starts with one.
void set_compute_threads(int threads);

/// Another number of libtorch's threads while it lives, on the calling thread: sums are rounded otherwise
/// with another number of them.
class ComputeThreads {
 public:
  /// @param threads  0 = leave them as they are
  explicit ComputeThreads(int64_t threads);
  ~ComputeThreads();
  ComputeThreads(const ComputeThreads&) = delete;
  ComputeThreads& operator=(const ComputeThreads&) = delete;

 private:
  int before_ = 0;
};

}  // namespace melomine::models
