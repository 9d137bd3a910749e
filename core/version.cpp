#include "core/version.h"

namespace melomine {

std::string tool_version() {
  return "melomine " MELOMINE_VERSION;
}

}  // namespace melomine
