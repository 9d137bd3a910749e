#pragma once

#include <string>
#include <string_view>

namespace melomine::cli {

/// Instruction sets that decide which of OpenBLAS' kernels run best.
struct CpuFeatures {
  bool avx512 = false;  ///< f, bw, dq and vl
  bool avx2 = false;    ///< with fma
};
CpuFeatures cpu_features();

/// The value of OPENBLAS_CORETYPE that is faster than what OpenBLAS chose by itself; "" when there is none.
/// @param chosen  what openblas_get_corename() says: "Prescott", "SkylakeX", …
std::string better_blas_core(const CpuFeatures& cpu, std::string_view chosen);

/// Who chose the kernels, for `--version`: "set in the environment", "chosen by melomine" or, when the
/// variable is empty or absent, "".
/// @param variable  OPENBLAS_CORETYPE, may be null
/// @param ours      what melomine set it to before it started itself again, may be null
std::string blas_core_origin(const char* variable, const char* ours);

}  // namespace melomine::cli
