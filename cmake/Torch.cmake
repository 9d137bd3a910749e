# libtorch as one target that carries its flags, plus its precompiled header (27 s once, then 12 s less a file).
add_library(melomine_torch INTERFACE)
add_library(melomine::torch ALIAS melomine_torch)
set_target_properties(melomine_torch PROPERTIES EXPORT_NAME torch)
separate_arguments(MELOMINE_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
target_compile_options(melomine_torch INTERFACE ${MELOMINE_TORCH_FLAGS})
target_link_libraries(melomine_torch INTERFACE ${TORCH_LIBRARIES} Threads::Threads)
# PyPI's libtorch 2.x exports parts of an older std::filesystem (calling its remove_all crashes). With libstdc++
# named first, its own are found first.
target_link_options(melomine_torch INTERFACE "LINKER:--push-state,--no-as-needed,-lstdc++,--pop-state")
target_include_directories(melomine_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
# libtorch 2.x ships a copy of fmt among its headers, newer than the one that the system's spdlog is built on. A folder
# with a link to the system's, searched first, keeps one fmt in the binary.
find_path(MELOMINE_FMT_INCLUDE fmt/format.h PATHS /usr/include NO_DEFAULT_PATH)
foreach(folder IN LISTS TORCH_INCLUDE_DIRS)
  if(EXISTS "${folder}/fmt/format.h" AND MELOMINE_FMT_INCLUDE AND NOT folder STREQUAL MELOMINE_FMT_INCLUDE)
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/system_fmt)
    file(CREATE_LINK ${MELOMINE_FMT_INCLUDE}/fmt ${PROJECT_BINARY_DIR}/system_fmt/fmt SYMBOLIC)
    target_include_directories(melomine_torch BEFORE INTERFACE $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/system_fmt>)
  endif()
endforeach()
