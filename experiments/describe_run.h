#pragma once

#include "core/description.h"

namespace melomine::experiments {

/// A folder of a run: how far each stage is.
Describer describe_run();

}  // namespace melomine::experiments
