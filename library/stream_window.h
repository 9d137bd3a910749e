#pragma once

#include <optional>

#include "library/hearing.h"
#include "library/manifest.h"

namespace melomine::library {

/// A window of a block, in seconds of it.
struct StreamWindow {
  double start_s = 0, end_s = 0;
};

/// What is heard of a window as a query of its own, without hearing it again: its silent ends are cut, and
/// fingerprints are those of the block, so that it begins up to half a step off.
/// @param least_sounding_s  of the window
/// @returns nothing where less of it sounds; Query::start_s counts from the block's start
std::optional<Query> cut_window(const Block& block, const StreamWindow& window, const ModelRecord& model,
                                double least_sounding_s);

}  // namespace melomine::library
