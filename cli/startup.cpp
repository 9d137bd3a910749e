#include "cli/startup.h"

#include <cblas.h>
#include <fmt/format.h>
#include <hdf5.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "models/torch_compat.h"

extern "C" {
#include <libavformat/version.h>
}

namespace melomine::cli {
namespace {

constexpr const char* kCoreVariable = "OPENBLAS_CORETYPE";

/// The kernels this processor can run that are fastest, "" when there is nothing better than what OpenBLAS
/// finds.
std::string better_core(std::string_view chosen) {
#if defined(__x86_64__)
  constexpr std::array<std::string_view, 4> kAvx512Cores = {"SkylakeX", "Cooperlake", "Sapphirerapids",
                                                            "Zen4"};
  constexpr std::array<std::string_view, 3> kAvx2Cores = {"Haswell", "Zen", "Excavator"};
  const auto is_one_of = [&](const auto& cores) {
    return std::find(cores.begin(), cores.end(), chosen) != cores.end();
  };
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512) return is_one_of(kAvx512Cores) ? "" : "SKYLAKEX";
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx2 && !is_one_of(kAvx2Cores)) return "HASWELL";
#endif
  return "";
}

int wanted_threads() {
  const char* asked = std::getenv("OMP_NUM_THREADS");
  if (asked != nullptr && std::atoi(asked) > 0) return std::atoi(asked);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::string describe_cuda() {
  if (!torch::cuda::is_available()) return "none";
  return fmt::format("CUDA, {} device(s)", torch::cuda::device_count());
}

}  // namespace

void ensure_fast_blas(char** argv) {
  if (std::getenv(kCoreVariable) != nullptr) return;
  const std::string core = better_core(openblas_get_corename());
  if (core.empty()) return;
  setenv(kCoreVariable, core.c_str(), 1);
  execv("/proc/self/exe", argv);
  // Without a second start the work goes on with the slower kernels.
}

void choose_threads() {
  torch::set_num_threads(wanted_threads());
  openblas_set_num_threads(1);
}

std::string describe_build() {
  unsigned major = 0, minor = 0, patch = 0;
  H5get_libversion(&major, &minor, &patch);
  const char* forced = std::getenv(kCoreVariable);
  std::string text = fmt::format("melomine {}\n", MELOMINE_VERSION);
  text += fmt::format("libtorch     {}, {} thread(s), accelerator: {}\n", models::torch_version(),
                      torch::get_num_threads(), describe_cuda());
  text += fmt::format("BLAS         {}, kernels {}{}\n", openblas_get_config(), openblas_get_corename(),
                      forced != nullptr ? fmt::format(" ({}={})", kCoreVariable, forced) : "");
  text += fmt::format("processors   {}\n", std::thread::hardware_concurrency());
  text += fmt::format("FFmpeg       libavformat {}\n", AV_STRINGIFY(LIBAVFORMAT_VERSION));
  text += fmt::format("HDF5         {}.{}.{}\n", major, minor, patch);
  return text;
}

}  // namespace melomine::cli
