#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/campaign/outcome.h"
#include "tests/campaign/worker.h"

namespace melomine::campaign {

/// Reads the mutants of all targets in processes of their own, `jobs` targets at once. One that ends at a
/// mutant, or is too long at it, is counted and kept, and the next process goes on behind it.
void run(const Campaign& campaign, const std::vector<Target>& targets, size_t jobs);

/// By Outcome.
using Counts = std::array<int64_t, kOutcomes>;
Counts counts_of(const Campaign& campaign, const Target& target);

}  // namespace melomine::campaign
