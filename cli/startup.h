#pragma once

#include <exception>
#include <string>

namespace melomine::cli {

/// Libraries read their environment when they are loaded, so what is to be set there is set and this process
/// starts again; what the user has set stays.
///
/// This one, for how long OpenMP's threads spin while they wait (cli/openmp_wait.h). May be called before the
/// C library is initialised, and then costs least. @param environment  as the process was given it
void choose_openmp_wait(char** argv, char** environment);
/// This one, for all. Call first thing in main.
/// * OPENBLAS_CORETYPE: OpenBLAS does not know every processor (0.3.21 takes 128- or 256-bit kernels on new
///   AVX-512 machines); set when better kernels exist.
/// * how OpenMP's threads wait, where that is not set by now.
void prepare_environment(char** argv);

/// Gives libtorch all processors that this process may run on (it starts with one on Debian), or as many as
/// OMP_NUM_THREADS says, and OpenBLAS one per caller: parallelism over items is TBB's.
void choose_threads();

/// What the user reads of an error, in one line where it is not ours: no backtrace, no names of C++.
std::string message_of(const std::exception& error);

/// What `melomine --version` prints: the versions in use, threads, BLAS kernels, accelerators.
std::string describe_build();

}  // namespace melomine::cli
