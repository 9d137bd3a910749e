# Everything third party is found here, once; docs/dependencies.md says why each is used.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# libtorch: Debian's 1.13.1, or any 1.13 .. 2.x given by CMAKE_PREFIX_PATH. It sets flags of its own, kept off
# the rooms that do without it.
find_package(Torch REQUIRED)

find_package(HDF5 REQUIRED COMPONENTS C)
find_package(yaml-cpp REQUIRED)
find_package(TBB REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
# OpenSSL by pkg-config, not find_package: libtorch 2.x ships CMake files that redefine some standard names.
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(KISSFFT REQUIRED IMPORTED_TARGET kissfft-float)
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswresample)
pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
find_package(OpenMP REQUIRED)

if(MELOMINE_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
if(MELOMINE_BUILD_BENCH)
  find_package(benchmark REQUIRED)
endif()

# libtorch as one target that carries its flags, plus its precompiled header (27 s once, then 12 s less a file).
add_library(melomine_torch INTERFACE)
add_library(melomine::torch ALIAS melomine_torch)
separate_arguments(MELOMINE_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
target_compile_options(melomine_torch INTERFACE ${MELOMINE_TORCH_FLAGS})
target_link_libraries(melomine_torch INTERFACE ${TORCH_LIBRARIES} Threads::Threads)
target_include_directories(melomine_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
