# find_package(melomine): the rooms as melomine::embedding, melomine::retrieval, …, with what they need. The project that
# asks needs the languages C and CXX, and C++20.
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
include("${CMAKE_CURRENT_LIST_DIR}/Dependencies.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/melomineTargets.cmake")
