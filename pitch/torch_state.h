#pragma once

#include <map>
#include <string>
#include <string_view>

#include "pitch/named_arrays.h"

namespace melomine::pitch {

/// Whether a file begins as torch.save has begun since PyTorch 1.6: a zip.
bool is_torch_state(std::string_view bytes);

/// The arrays of real numbers of a state dict that torch.save wrote, read without libtorch: the few
/// instructions of pickle that a dict of arrays needs, and no others; nothing that the file names is called.
/// Arrays of integers are passed over.
/// @param name  stands for the file in messages
/// @throws DataError for a damaged file, or one that holds something else
std::map<std::string, NamedArray> read_torch_state(std::string_view bytes, const std::string& name);

}  // namespace melomine::pitch
