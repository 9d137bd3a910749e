# Files of a room, and those of its tests, are compiled several at a time (CMake's unity builds), most of whose time is
# reading the same headers, those without libtorch apart from those with it: names in the anonymous namespaces of a room, or
# of its tests, are used once. scripts/check reads what a change reaches file by file, so that none lives on its neighbours'
# includes. A developer's presets compile file by file.
option(CMAKE_UNITY_BUILD "Compile several files of a room at a time" ON)

# melomine_room(NAME SOURCES ... TORCH sources... DEPENDS rooms... LINK third-party targets...)
# One static library per room, with the alias melomine::NAME, installed under that name with its headers; includes are
# written "room/file.h".
# TORCH: the further sources, which see libtorch and share the one precompiled torch/torch.h. Loading it takes seconds a
# file, so it is for those alone (tests/house checks that they are the right ones).
function(melomine_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;TORCH;DEPENDS;LINK" ${ARGN})
  set(ROOM_SOURCES ${ROOM_SOURCES} ${ROOM_TORCH})
  if(ROOM_SOURCES)
    add_library(melomine_${name} STATIC ${ROOM_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(melomine_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(melomine::${name} ALIAS melomine_${name})
  set_target_properties(melomine_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(melomine_${name} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/melomine>)
  install(TARGETS melomine_${name} EXPORT melomine ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/melomine)
  install(DIRECTORY . DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/melomine/${name} FILES_MATCHING PATTERN "*.h")
  list(TRANSFORM ROOM_DEPENDS PREPEND melomine::)
  target_link_libraries(melomine_${name} ${scope} ${ROOM_DEPENDS} ${ROOM_LINK} melomine::options)
  if(ROOM_TORCH)
    target_link_libraries(melomine_${name} ${scope} melomine::torch)
    melomine_use_torch_header(melomine_${name} ${ROOM_TORCH})
  endif()
endfunction()

# melomine_compile_together(TARGET GROUP COUNT sources...): up to COUNT of them at a time, apart from other groups.
function(melomine_compile_together target group at_once)
  set(count 0)
  foreach(source IN LISTS ARGN)
    math(EXPR batch "${count} / ${at_once}")
    math(EXPR count "${count} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group}_${batch})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()

# melomine_use_torch_header(TARGET sources...): those of its sources share the one precompiled torch/torch.h, made by the
# target melomine_torch_header.
function(melomine_use_torch_header target)
  get_target_property(others ${target} SOURCES)
  list(REMOVE_ITEM others ${ARGN})
  melomine_compile_together(${target} plain 8 ${others})
  foreach(batch RANGE 20)  # as CMake names the files that hold a group
    list(APPEND others ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/Unity/unity_plain_${batch}_cxx.cxx)
  endforeach()
  set_source_files_properties(${others} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  get_target_property(type ${target} TYPE)
  set(at_once 8)
  if(type STREQUAL EXECUTABLE)  # tests, whose files take longer: a change to one compiles all of its group
    set(at_once 4)
  endif()
  melomine_compile_together(${target} torch ${at_once} ${ARGN})
  if(NOT TARGET melomine_torch_header)
    file(WRITE ${PROJECT_BINARY_DIR}/torch_header.cpp "")
    add_library(melomine_torch_header OBJECT ${PROJECT_BINARY_DIR}/torch_header.cpp)
    target_link_libraries(melomine_torch_header PRIVATE melomine::torch melomine::options)
    target_precompile_headers(melomine_torch_header PRIVATE <torch/torch.h>)
  endif()
  if(type STREQUAL EXECUTABLE)  # -fPIE would make the header unusable: it is compiled with -fPIC
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${target} REUSE_FROM melomine_torch_header)
endfunction()
