#include "cli/blas_core.h"

#include <algorithm>
#include <array>

namespace melomine::cli {

CpuFeatures cpu_features() {
  CpuFeatures cpu;
#if defined(__x86_64__)
  cpu.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  cpu.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return cpu;
}

std::string better_blas_core(const CpuFeatures& cpu, std::string_view chosen) {
  constexpr std::array<std::string_view, 4> kAvx512Cores = {"SkylakeX", "Cooperlake", "Sapphirerapids",
                                                            "Zen4"};
  constexpr std::array<std::string_view, 3> kAvx2Cores = {"Haswell", "Zen", "Excavator"};
  const auto is_one_of = [&](const auto& cores) {
    return std::find(cores.begin(), cores.end(), chosen) != cores.end();
  };
  if (cpu.avx512) return is_one_of(kAvx512Cores) ? "" : "SKYLAKEX";
  if (cpu.avx2 && !is_one_of(kAvx2Cores)) return "HASWELL";
  return "";
}

std::string blas_core_origin(const char* variable, const char* ours) {
  if (variable == nullptr || *variable == '\0') return "";
  if (ours != nullptr && std::string_view(variable) == ours) return "chosen by melomine";
  return "set in the environment";
}

}  // namespace melomine::cli
