#pragma once

#include "core/description.h"

namespace melomine::mining {

/// A mined set (mined.h5).
Describer describe_mined_set();

}  // namespace melomine::mining
