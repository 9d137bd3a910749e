#include "core/this_machine.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>

namespace melomine {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

bool process_exists(int64_t pid) {
  if (pid <= 0 || pid > std::numeric_limits<pid_t>::max()) return false;  // other numbers mean groups
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH;
}

}  // namespace melomine
