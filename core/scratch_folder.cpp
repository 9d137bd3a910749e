#include "core/scratch_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "core/error.h"

namespace melomine {

ScratchFolder::ScratchFolder(const std::filesystem::path& above) {
  std::string pattern = (std::filesystem::absolute(above) / "XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw Error(fmt::format("{}: cannot make a temporary folder: {}", above.string(), std::strerror(errno)));
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace melomine
