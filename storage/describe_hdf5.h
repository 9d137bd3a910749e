#pragma once

#include "core/description.h"

namespace melomine::storage {

/// Any HDF5 file: its attributes and arrays.
Describer describe_hdf5();

}  // namespace melomine::storage
