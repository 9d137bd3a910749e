#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/evaluation.h"

namespace melomine::evaluation {

/// Which systems are compared, by name (of, minus): each with the best baseline, and one made of others with
/// the best of them. Best is the highest MRR, the first of equals.
/// @param systems  of a report
/// @param made     the same in the same order, as they were made
std::vector<std::pair<std::string, std::string>> compared_systems(std::span<const SystemResult> systems,
                                                                  std::span<const NamedSystem> made);

}  // namespace melomine::evaluation
