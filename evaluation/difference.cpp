#include "evaluation/difference.h"

#include <algorithm>

namespace melomine::evaluation {
namespace {

/// The best of those that are wanted; null where none is.
template <class Wanted>
const SystemResult* best_of(std::span<const SystemResult> systems, Wanted is_wanted) {
  const SystemResult* best = nullptr;
  for (size_t i = 0; i < systems.size(); ++i)
    if (is_wanted(i) && (best == nullptr || systems[i].metric("mrr") > best->metric("mrr")))
      best = &systems[i];
  return best;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> compared_systems(std::span<const SystemResult> systems,
                                                                  std::span<const NamedSystem> made) {
  const SystemResult* baseline = best_of(systems, [&](size_t i) { return made[i].type == "baseline"; });
  std::vector<std::pair<std::string, std::string>> pairs;
  for (size_t i = 0; i < systems.size(); ++i) {
    const auto& parts = made[i].parts;
    const SystemResult* part = best_of(systems, [&](size_t other) {
      return std::find(parts.begin(), parts.end(), systems[other].name) != parts.end();
    });
    for (const SystemResult* minus : {baseline, part == baseline ? nullptr : part})
      if (minus != nullptr && minus != &systems[i]) pairs.emplace_back(systems[i].name, minus->name);
  }
  return pairs;
}

}  // namespace melomine::evaluation
