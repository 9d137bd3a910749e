# Compiler warnings, sanitizers and code generation, as one INTERFACE target every room links.
add_library(melomine_options INTERFACE)
add_library(melomine::options ALIAS melomine_options)
set_target_properties(melomine_options PROPERTIES EXPORT_NAME options)
set(warnings -Wall -Wextra -Wpedantic -Wshadow -Wno-unused-parameter
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # false alarms of GCC 12 in std::string
if(MELOMINE_WARNINGS_AS_ERRORS)
  # What GCC guesses from the flow of data changes with optimisation and sanitizers, and is often wrong about the standard
  # library: that stays a warning.
  list(APPEND warnings -Werror)
  foreach(guess maybe-uninitialized stringop-overflow stringop-overread array-bounds free-nonheap-object)
    list(APPEND warnings $<$<CXX_COMPILER_ID:GNU>:-Wno-error=${guess}>)
  endforeach()
endif()
target_compile_options(melomine_options INTERFACE "$<BUILD_INTERFACE:${warnings}>")
if(MELOMINE_SANITIZE)
  target_compile_options(melomine_options INTERFACE -fsanitize=${MELOMINE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(melomine_options INTERFACE -fsanitize=${MELOMINE_SANITIZE})
endif()
