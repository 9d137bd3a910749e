#pragma once

#include <cstdint>
#include <optional>

#include "sweeps/board.h"

namespace melomine::sweeps {

/// Seconds until all points are finished, by what finished ones took: of a point that differs in its seed
/// alone, else of all. None before any is.
/// @param at_once  points that are worked on at once
std::optional<double> time_left_s(const Board& board, int64_t at_once);

}  // namespace melomine::sweeps
