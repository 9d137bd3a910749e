#pragma once

#include <vector>

#include "datasets/fragment_groups.h"

namespace melomine::datasets {

/// Groups whose fragments of the same original overlap, joined over what they share: for each such pair of a
/// group of `left` and one of `right` a group that holds the fragments of both, cut to the common part of the
/// original. Hums and covers of a melody thus become positives of each other (ours).
/// Groups without a fragment of kind original take no part; the original stands first and once.
/// @param min_overlap_s  > 0; pairs that share less of the original are not joined
/// @returns in order of `left`, then of `right`; group_id is `LEFT+RIGHT`
std::vector<FragmentGroup> join_groups(const std::vector<FragmentGroup>& left,
                                       const std::vector<FragmentGroup>& right, double min_overlap_s);

}  // namespace melomine::datasets
