#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/cancellation.h"
#include "distributed/launch_environment.h"

namespace at {
class Tensor;
}

namespace melomine::distributed {

/// Processes that train one encoder together, by libtorch's c10d: Gloo on the CPU, NCCL on CUDA devices where
/// this build has it. All ranks must make the same calls in the same order. Where a rank ends, fails or
/// answers nothing within the time-out, the call throws, in all others, an Error that tells its number.
class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  int rank() const { return place_.rank; }
  int size() const { return place_.size; }
  int local_rank() const { return place_.local_rank; }
  bool is_first() const { return place_.rank == 0; }

  /// Each element becomes its sum over the ranks, the same bits on all of them. For the same size of the
  /// group the order of summing is the same.
  /// @param values  contiguous; of the same shape and type on all ranks
  virtual void sum(at::Tensor& values) = 0;
  /// The blocks of all ranks, one after the other in the order of ranks.
  /// @param own   [rows[rank], ...], contiguous; without a graph
  /// @param rows  of each rank
  virtual at::Tensor gather(const at::Tensor& own, const std::vector<int64_t>& rows) = 0;
  /// Rank 0's value, on all ranks.
  virtual double of_first(double value) = 0;
  /// Rank 0 does `work` while the others wait: however long it takes, as long as rank 0's process is there.
  /// What it throws ends the others, too.
  virtual void first_alone(const std::function<void()>& work) = 0;
  /// Tells the others, when this rank ends by an error of its own, why.
  /// @param asked  who asked this rank to stop, where that is why: the others then end as it does
  virtual void leave(const std::string& reason, StopRequest asked) noexcept = 0;
  /// Removes files by which ranks of earlier starts met and that a kill left in a run's folder. By the first
  /// rank, while it holds the run.
  void remove_left_meetings(const std::filesystem::path& folder) const;

 protected:
  explicit ProcessGroup(const RankPlace& place) : place_(place) {}

 private:
  RankPlace place_;
};

/// What asked for the stop that an error tells of; kNone for other errors. For leave().
StopRequest asked_by(const std::exception& error);

/// Waits for the other ranks.
/// @param place      of several
/// @param folder     that all ranks see; made where it is absent. In it they meet where `place` names no
/// point
/// @param timeout_s  after which a rank that does not answer counts as lost
/// @throws ConfigError where this build has no c10d; Error naming the ranks that did not come
std::unique_ptr<ProcessGroup> join(const RankPlace& place, const std::filesystem::path& folder,
                                   double timeout_s);

/// Whether this build can join several ranks.
bool can_join();

/// The rows of a batch that a rank has: blocks in the order of ranks, whose sizes differ by one at most.
struct RowBlock {
  int64_t first = 0, end = 0;
  int64_t size() const { return end - first; }
};
RowBlock block_of(int64_t rows, int rank, int size);

}  // namespace melomine::distributed
