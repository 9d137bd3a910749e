#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/fragment_groups.h"
#include "review/verdict_log.h"

namespace melomine::review {

/// Which pairs of a mined table are reviewed.
enum class Among {
  kUncertain,  ///< those between β_irrel and β_rel, and those that mining held uncertain for another reason
  kAll         ///< the relevant ones as well
};

/// In which order they are asked.
enum class Order {
  kActive,  ///< first what changes most of what is trained on, see `order_pairs`
  kRandom,  ///< drawn by the seed
};

/// A match of a mined table that waits for listeners.
struct QueuedPair {
  std::string id;  ///< 16 hexadecimal digits, of the pair alone
  Pair pair;
  std::string group_id;
  double correlation = 0;
  bool is_relevant = false;  ///< by mining
  /// Whether its fragment has no relevant match in its recording: what this pair could add no other has.
  bool is_missing = false;
};

/// @param rows  of a mined table as it was mined, each group's original first
/// @returns in the order of the rows
std::vector<QueuedPair> pairs_of(const std::vector<datasets::FragmentRow>& rows, Among among);

struct OrderSettings {
  Order order = Order::kActive;
  double relevant = 0.5;  ///< β_rel
  uint64_t seed = 1;      ///< of kRandom
};

/// Active: first the pairs nearest to β_rel by correlation, as they are most likely on the wrong side of it.
/// A pair that is accepted from below raises recall, which buys a higher β_rel; one that is rejected from
/// above raises precision itself. Of the uncertain ones the best of each fragment in each recording that has
/// no relevant match yet come first, then the others, which add no new recording to a group.
void order_pairs(std::vector<QueuedPair>& pairs, const OrderSettings& settings);

}  // namespace melomine::review
