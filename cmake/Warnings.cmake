# Compiler warnings, sanitizers and code generation, as one INTERFACE target every room links.
add_library(melomine_options INTERFACE)
add_library(melomine::options ALIAS melomine_options)
target_compile_options(melomine_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-unused-parameter
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # false alarms of GCC 12 in std::string
if(MELOMINE_SANITIZE)
  target_compile_options(melomine_options INTERFACE -fsanitize=${MELOMINE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(melomine_options INTERFACE -fsanitize=${MELOMINE_SANITIZE})
endif()
