#pragma once

#include "core/description.h"

namespace melomine::models {

/// A safetensors file: its metadata and tensors.
Describer describe_checkpoint();

}  // namespace melomine::models
