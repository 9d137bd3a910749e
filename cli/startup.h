#pragma once

#include <exception>
#include <string>

namespace melomine::cli {

/// OpenBLAS chooses its kernels when it is loaded and does not know every processor (0.3.21 takes 128- or
/// 256-bit kernels on new AVX-512 machines). When better ones exist, sets OPENBLAS_CORETYPE and starts this
/// process again; does nothing when the variable is set already. Call first thing in main.
void ensure_fast_blas(char** argv);

/// Gives libtorch all processors (it starts with one on Debian), or as many as OMP_NUM_THREADS says, and
/// OpenBLAS one per caller: parallelism over items is TBB's.
void choose_threads();

/// What the user reads of an error, in one line where it is not ours: no backtrace, no names of C++.
std::string message_of(const std::exception& error);

/// What `melomine --version` prints: the versions in use, threads, BLAS kernels, accelerators.
std::string describe_build();

}  // namespace melomine::cli
