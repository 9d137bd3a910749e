#include "datasets/group_sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace melomine::datasets {
namespace {

/// Far above the rounding of sums of weights, far below a visit.
constexpr double kSlack = 1e-9;
/// A group contributes at least this many clips: one alone has no positive.
constexpr size_t kMinClips = 2;

std::vector<size_t> all_below(size_t count) {
  std::vector<size_t> values(count);
  std::iota(values.begin(), values.end(), size_t{0});
  return values;
}

/// Every visit of an epoch: groups as often as they weigh.
std::vector<size_t> dealt(const std::vector<std::vector<size_t>>& order) {
  std::vector<size_t> groups;
  for (const std::vector<size_t>& batch : order) groups.insert(groups.end(), batch.begin(), batch.end());
  return groups;
}

/// The first `count` of a Fisher-Yates shuffle.
void shuffle_front(std::vector<size_t>& values, size_t count, RandomStream& random) {
  for (size_t i = 0; i < count && i + 1 < values.size(); ++i)
    std::swap(values[i],
              values[i + static_cast<size_t>(random.integer(static_cast<int64_t>(values.size() - i)))]);
}

}  // namespace

void bind(configs::Binder& b, GroupSamplerConfig& c) {
  b.integer("groups_per_batch", c.groups_per_batch, configs::at_least(2), "groups in a batch (K)");
  b.integer("max_fragments", c.max_fragments, configs::at_least(2), "fragments of one group in a batch");
  b.boolean("distinct_songs", c.distinct_songs,
            "no two groups of a song in a batch while there are enough songs: they may hold the same melody");
  b.integer("fill_to", c.fill_to, configs::at_least(0),
            "clips; batches of small groups get further groups up to this; 0 = never");
}

configs::KindEntry groups_kind() {
  return configs::kind<SamplerKindOf<GroupSampler, GroupSamplerConfig>>(
      "groups", "K groups of different songs, each visited as often as it weighs");
}

GroupSampler::GroupSampler(const std::vector<FragmentGroup>& groups, const GroupSamplerConfig& config,
                           double window_s, SamplerSeed seed)
    : groups_(groups),
      config_(config),
      window_s_(window_s),
      seed_(seed),
      song_of_group_(songs_of_groups(groups)) {
  if (groups.size() < 2)
    throw ConfigError("[sampler] needs at least 2 groups, got " + std::to_string(groups.size()));
  if (config.groups_per_batch < 2)
    throw ConfigError("[sampler] groups_per_batch must be >= 2, got " +
                      std::to_string(config.groups_per_batch));
  if (config.max_fragments < 2)
    throw ConfigError("[sampler] max_fragments must be >= 2, got " + std::to_string(config.max_fragments));
  if (!(window_s > 0)) throw ConfigError("[sampler] window must be > 0 s, got " + std::to_string(window_s));
  double weights = 0;
  for (size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].fragments.size() < kMinClips)
      throw DataError("group " + groups[g].group_id, "", "has fewer than two fragments");
    if (!(groups[g].weight > 0) || !std::isfinite(groups[g].weight))
      throw DataError("group " + groups[g].group_id, "", "has a weight that is not > 0");
    weights += groups[g].weight;
    const auto song = static_cast<size_t>(song_of_group_[g]);
    if (song == groups_of_song_.size()) groups_of_song_.emplace_back();
    groups_of_song_[song].push_back(g);
  }
  steps_per_epoch_ =
      static_cast<int64_t>(std::ceil(weights / static_cast<double>(config.groups_per_batch) - kSlack));
}

bool GroupSampler::fits(size_t group, const std::vector<size_t>& present) const {
  return std::none_of(present.begin(), present.end(), [&](size_t other) {
    return other == group || (config_.distinct_songs && song_of_group_[other] == song_of_group_[group]);
  });
}

/// Systematic sampling of the fractions: the total of an epoch is off by less than one visit.
std::vector<size_t> GroupSampler::visits(int64_t epoch) const {
  RandomStream random({seed_.seed, seed_.round, stream_id("sampler_visits"), static_cast<uint64_t>(epoch)});
  std::vector<size_t> count(groups_.size());
  double at = random.uniform();
  for (size_t g = 0; g < groups_.size(); ++g) {
    const double whole = std::floor(groups_[g].weight + kSlack);
    const double next = at + std::max(groups_[g].weight - whole, 0.0);
    const double times = whole + std::floor(next) - std::floor(at);
    count[g] = static_cast<size_t>(std::min(times, static_cast<double>(steps_per_epoch_)));
    at = next;
  }
  return count;
}

GroupSampler::EpochOrder GroupSampler::deal_groups(int64_t epoch) const {
  RandomStream random({seed_.seed, seed_.round, stream_id("sampler"), static_cast<uint64_t>(epoch)});
  const std::vector<size_t> times = visits(epoch);
  std::vector<std::vector<size_t>> hands = groups_of_song_;
  if (!config_.distinct_songs) {
    hands.clear();
    for (size_t g = 0; g < groups_.size(); ++g) hands.push_back({g});
  }
  random.shuffle(hands);
  EpochOrder order(static_cast<size_t>(steps_per_epoch_));
  std::vector<size_t> batches = all_below(order.size());
  for (std::vector<size_t>& hand : hands) {
    random.shuffle(hand);
    // One way round the batches, the emptiest first, over and over: loads stay within one of each other, the
    // song's groups are as far apart as they can be, and so are the visits of one group.
    random.shuffle(batches);
    std::stable_sort(batches.begin(), batches.end(),
                     [&](size_t a, size_t b) { return order[a].size() < order[b].size(); });
    size_t next = 0;
    for (const size_t group : hand)
      for (size_t i = 0; i < times[group]; ++i) order[batches[next++ % batches.size()]].push_back(group);
  }
  top_up(order, random);
  return order;
}

void GroupSampler::top_up(EpochOrder& order, RandomStream& random) const {
  const size_t wanted = std::min(static_cast<size_t>(config_.groups_per_batch), groups_.size());
  std::vector<size_t> spare = dealt(order);
  random.shuffle(spare);
  for (std::vector<size_t>& batch : order) {
    auto next = spare.begin();
    while (batch.size() < wanted && next != spare.end()) {
      if (fits(*next, batch)) {
        batch.push_back(*next);
        next = spare.erase(next);
      } else {
        ++next;
      }
    }
  }
}

std::shared_ptr<const GroupSampler::EpochOrder> GroupSampler::epoch_order(int64_t epoch) const {
  // Two slots: batches prefetched over the end of an epoch need both orders.
  const auto slot = static_cast<size_t>(epoch % 2);
  const std::lock_guard lock(cache_mutex_);
  if (cached_epoch_[slot] != epoch) {
    cached_[slot] = std::make_shared<const EpochOrder>(deal_groups(epoch));
    cached_epoch_[slot] = epoch;
  }
  return cached_[slot];
}

void GroupSampler::add_clips(size_t group, size_t count, RandomStream& random, BatchPlan& plan) const {
  const FragmentGroup& g = groups_[group];
  std::vector<size_t> members = all_below(g.fragments.size());
  shuffle_front(members, count, random);
  // Drawn in any case, so that the draws after it do not depend on the group's length.
  const double position = random.uniform();
  const bool whole_group = g.duration_s < window_s_;
  const double center_s =
      whole_group ? 0.5 * g.duration_s : 0.5 * window_s_ + position * (g.duration_s - window_s_);
  for (size_t i = 0; i < count; ++i)
    plan.clips.push_back(
        {group, members[i], center_s, g.fragments[members[i]].to_recording_s(center_s), whole_group});
}

void GroupSampler::fill(const EpochOrder& order, RandomStream& random, BatchPlan& plan) const {
  const auto wanted = static_cast<size_t>(config_.fill_to);
  if (plan.clips.size() + kMinClips > wanted) return;
  std::vector<size_t> present = order[static_cast<size_t>(plan.step % steps_per_epoch_)];
  std::vector<size_t> spare = dealt(order);
  for (size_t i = 0; i < spare.size() && plan.clips.size() + kMinClips <= wanted; ++i) {
    std::swap(spare[i],
              spare[i + static_cast<size_t>(random.integer(static_cast<int64_t>(spare.size() - i)))]);
    if (!fits(spare[i], present)) continue;
    present.push_back(spare[i]);
    add_clips(spare[i],
              std::min({groups_[spare[i]].fragments.size(), static_cast<size_t>(config_.max_fragments),
                        wanted - plan.clips.size()}),
              random, plan);
  }
}

BatchPlan GroupSampler::plan(int64_t step) const {
  if (step < 0) throw ConfigError("[sampler] step must be >= 0, got " + std::to_string(step));
  const auto order = epoch_order(step / steps_per_epoch_);
  const std::vector<size_t>& batch = (*order)[static_cast<size_t>(step % steps_per_epoch_)];
  RandomStream random({seed_.seed, seed_.round, stream_id("sampler_windows"), static_cast<uint64_t>(step)});
  BatchPlan plan{step, {}};
  for (const size_t group : batch)
    add_clips(group, std::min(groups_[group].fragments.size(), static_cast<size_t>(config_.max_fragments)),
              random, plan);
  fill(*order, random, plan);
  return plan;
}

}  // namespace melomine::datasets
