#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "configs/binder.h"
#include "datasets/batch.h"

namespace melomine::datasets {

struct PrefetchConfig {
  int64_t depth = 4;    ///< batches made or being made ahead of the one asked for
  int64_t workers = 0;  ///< threads that make them; 0 = all cores
};
void bind(configs::Binder& b, PrefetchConfig& c);

/// Makes batches ahead in TBB workers and hands them out in order of step. Which thread makes a batch, and
/// when, leaves no trace in it.
class BatchPrefetcher {
 public:
  /// @param make        called from the workers, several at once; BatchMaker::make
  /// @param first_step  where training begins or resumes
  /// @param end_step    no batch from this step on is made; -1 = endless
  BatchPrefetcher(std::function<Batch(int64_t step)> make, int64_t first_step, const PrefetchConfig& config,
                  int64_t end_step = -1);
  /// Drops what was made ahead, waits for the batches being made.
  ~BatchPrefetcher();
  BatchPrefetcher(const BatchPrefetcher&) = delete;
  BatchPrefetcher& operator=(const BatchPrefetcher&) = delete;

  /// The batch of first_step, then of the step after it, ...; waits until it is made.
  /// @throws what `make` threw for that step, again at every further call
  /// @throws ConfigError past end_step
  Batch next();
  int64_t next_step() const;
  /// Time the caller has spent waiting in next(): near 0 when the workers keep up.
  double waited_s() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace melomine::datasets
