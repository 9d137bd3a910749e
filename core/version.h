#pragma once

#include <string>

namespace melomine {

/// "melomine 0.1.0": what made a file, and what `melomine --version` says.
std::string tool_version();

}  // namespace melomine
