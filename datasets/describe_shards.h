#pragma once

#include "core/description.h"

namespace melomine::datasets {

/// A folder that `melomine ingest` wrote.
Describer describe_shard_folder();
/// One audio shard.
Describer describe_shard();

}  // namespace melomine::datasets
