#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/random.h"
#include "datasets/sampler.h"

namespace melomine::datasets {

/// Batches of groups (Amatov et al. 2023, section 5.2: 8 groups of up to 4 fragments).
struct GroupSamplerConfig {
  int64_t groups_per_batch = 8;  ///< K; fewer only when there are fewer groups
  int64_t max_fragments = 4;     ///< of one group in a batch; which ones is drawn
  bool distinct_songs = true;    ///< no two groups of a song in a batch while there are enough songs
  int64_t fill_to = 0;           ///< clips; batches of small groups get further groups up to this; 0 = never
};
void bind(configs::Binder& b, GroupSamplerConfig& c);

/// An epoch visits each group as often as its weight says, a fraction in so large a share of the epochs, and
/// is ceil(sum of weights / K) batches: with weights of 1 every group comes at least once in ceil(G / K)
/// batches. A batch holds a group once, so a weight counts up to the number of batches. Visits are dealt
/// evenly over the batches, and a song's as evenly: two groups of it meet only when it has more visits than
/// there are batches, and then no more of them than that forces. The few places left over go to groups of
/// songs the batch lacks. So all batches have min(K, G) groups while there are enough songs, and more with
/// `fill_to`.
///
/// A group's clips share the window's *centre*: it is drawn so that [centre - W/2, centre + W/2) lies in the
/// group (the middle for a shorter group) and taken through each fragment's time map. Starts would agree only
/// at the window's first moment and be off by W * |rate - 1| at its last; centres halve that at both ends.
class GroupSampler : public Sampler {
 public:
  /// @param groups    kept by reference; at least two, each with two fragments or more and a weight > 0
  /// @param window_s  W > 0
  /// @throws ConfigError, DataError
  GroupSampler(const std::vector<FragmentGroup>& groups, const GroupSamplerConfig& config, double window_s,
               SamplerSeed seed);

  int64_t steps_per_epoch() const override { return steps_per_epoch_; }
  BatchPlan plan(int64_t step) const override;

 private:
  using EpochOrder = std::vector<std::vector<size_t>>;  ///< groups of each batch of an epoch
  std::shared_ptr<const EpochOrder> epoch_order(int64_t epoch) const;
  EpochOrder deal_groups(int64_t epoch) const;
  std::vector<size_t> visits(int64_t epoch) const;
  void top_up(EpochOrder& order, RandomStream& random) const;
  bool fits(size_t group, const std::vector<size_t>& present) const;
  void add_clips(size_t group, size_t count, RandomStream& random, BatchPlan& plan) const;
  void fill(const EpochOrder& order, RandomStream& random, BatchPlan& plan) const;

  const std::vector<FragmentGroup>& groups_;
  GroupSamplerConfig config_;
  double window_s_;
  SamplerSeed seed_;
  int64_t steps_per_epoch_ = 0;
  std::vector<int64_t> song_of_group_;
  std::vector<std::vector<size_t>> groups_of_song_;

  mutable std::mutex cache_mutex_;
  mutable int64_t cached_epoch_[2] = {-1, -1};
  mutable std::shared_ptr<const EpochOrder> cached_[2];
};

}  // namespace melomine::datasets
