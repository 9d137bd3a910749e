# Everything third party is found here, once, for the project and for who uses its libraries (find_package(melomine));
# docs/dependencies.md says why each is used.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# libtorch: Debian's 1.13.1, or any 1.13 .. 2.x given by CMAKE_PREFIX_PATH. It sets flags of its own, kept off
# the rooms that do without it.
# A CUDA libtorch wants to probe the GPUs present for which to compile kernels; there are none of ours to
# compile, so any answer does, and the build needs no GPU.
if(NOT DEFINED TORCH_CUDA_ARCH_LIST AND NOT DEFINED ENV{TORCH_CUDA_ARCH_LIST})
  set(TORCH_CUDA_ARCH_LIST 9.0)
endif()
# Where a libtorch was asked for by CMAKE_PREFIX_PATH, its own files must win: TorchConfig.cmake itself looks
# for the library among the system's first, and would pair Debian's library with the other one's headers.
file(TO_CMAKE_PATH "$ENV{CMAKE_PREFIX_PATH}" prefixes_of_environment)
foreach(prefix IN LISTS CMAKE_PREFIX_PATH prefixes_of_environment)
  find_library(TORCH_LIBRARY torch PATHS "${prefix}/../../lib" "${prefix}/lib" NO_DEFAULT_PATH)
  find_library(c10_LIBRARY c10 PATHS "${prefix}/../../lib" "${prefix}/lib" NO_DEFAULT_PATH)
endforeach()
find_package(Torch REQUIRED)
if(MELOMINE_EXPECT_CUDA AND NOT TARGET torch_cuda)
  message(FATAL_ERROR "MELOMINE_EXPECT_CUDA is on, but the libtorch found cannot use CUDA: ${Torch_DIR}\n"
    "Give a CUDA one: -DCMAKE_PREFIX_PATH=<libtorch>/share/cmake (docs/build.md), in a fresh build folder.")
endif()

# What carries sums between processes that train together: Gloo, whose headers fit Debian's libtorch alone, and with a CUDA
# libtorch NCCL.
option(MELOMINE_WITH_GLOO "Train by several processes where libtorch is Debian's and libgloo-dev is there" ON)
set(MELOMINE_GLOO OFF)
if(MELOMINE_WITH_GLOO AND Torch_VERSION VERSION_LESS 2)
  find_path(MELOMINE_GLOO_INCLUDE gloo/rendezvous/store.h)
  find_library(MELOMINE_GLOO_LIBRARY gloo)
  if(MELOMINE_GLOO_INCLUDE AND MELOMINE_GLOO_LIBRARY)
    set(MELOMINE_GLOO ON)
  endif()
endif()
set(MELOMINE_NCCL OFF)
if(TARGET torch_cuda)
  find_path(MELOMINE_NCCL_INCLUDE nccl.h HINTS ${CUDA_TOOLKIT_ROOT_DIR}/include ${CUDAToolkit_INCLUDE_DIRS})
  if(MELOMINE_NCCL_INCLUDE)
    set(MELOMINE_NCCL ON)
  endif()
endif()
if(NOT MELOMINE_GLOO AND NOT MELOMINE_NCCL)
  message(STATUS "Without Gloo and NCCL: training is by one process")
endif()

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
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
find_package(OpenMP REQUIRED)
find_package(faiss REQUIRED)  # needs OpenMP first

if(MELOMINE_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
if(MELOMINE_BUILD_BENCH)
  find_package(benchmark REQUIRED)
endif()
