#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/document.h"
#include "configs/settings.h"

namespace melomine::sweeps {

inline constexpr const char* kSweepKey = "sweep";
inline constexpr const char* kSeedKey = "seed";

/// What is laid upon the experiment to make one point, in order.
using PointSettings = std::vector<configs::Setting>;

/// The section `sweep:` of an experiment's file, its blocks expanded.
struct SweepSpec {
  std::string does = "run";           ///< the command that works on a point: run, train, evaluate
  std::vector<PointSettings> points;  ///< in the order of the file, seeds innermost
  PointSettings base = {};            ///< settings of the row that others are compared with; may be empty
  std::string metric = {};            ///< "SET.METRIC" that rows are compared by; may be empty
};

/// Within a block `list`, `zip` and `grid` multiply, the last key of a grid fastest; blocks follow one
/// another.
/// @param section  the value of `sweep:`
/// @throws ConfigError naming file and line: unknown keys, values that are no lists, lists of a zip of other
/// lengths, a setting given twice in a point, `name` and `runs`, which are the sweep's, more than 100,000
/// points
SweepSpec read_sweep(const configs::Value& section);

}  // namespace melomine::sweeps
