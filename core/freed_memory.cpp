#include "core/freed_memory.h"

#include <cstdlib>
#include <string_view>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace melomine {
namespace {

bool is_up_to_the_user() {
  for (const char* name :
       {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_MAX_"})
    if (std::getenv(name) != nullptr) return true;
  const char* tunables = std::getenv("GLIBC_TUNABLES");
  return tunables != nullptr && std::string_view(tunables).find("glibc.malloc") != std::string_view::npos;
}

}  // namespace

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kMappedFrom = 32 << 20, kKept = 1 << 30;  // the first is the most that glibc takes
  if (is_up_to_the_user()) return;
  mallopt(M_MMAP_THRESHOLD, kMappedFrom);
  mallopt(M_TRIM_THRESHOLD, kKept);
#endif
}

}  // namespace melomine
