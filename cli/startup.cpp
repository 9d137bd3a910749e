#include "cli/startup.h"

#include <cblas.h>
#include <fmt/format.h>
#include <hdf5.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <new>
#include <string_view>
#include <thread>
#include <vector>

#include "cli/blas_core.h"
#include "cli/openmp_wait.h"
#include "core/processors.h"
#include "core/version.h"
#include "models/torch_compat.h"

extern "C" {
#include <libavformat/version.h>
}

namespace melomine::cli {
namespace {

constexpr const char* kCoreVariable = "OPENBLAS_CORETYPE";

/// Set beside them before the second start, so that the second knows who chose.
constexpr const char* kOurCoreVariable = "MELOMINE_BLAS_CORE";
constexpr const char* kOurWaitVariable = "MELOMINE_OPENMP_WAIT";

const char* variable_of(const char* name) {
  return std::getenv(name);
}

/// name=value
std::string assignment(const EnvironmentSetting& setting) {
  std::string text = setting.name;
  return text.append("=").append(setting.value);
}

/// Whether an entry of the environment is of this variable.
bool assigns(std::string_view entry, std::string_view name) {
  return entry.starts_with(name) && entry.substr(name.size()).starts_with('=');
}

/// How OpenMP's threads wait, and who chose it.
std::vector<EnvironmentSetting> missing_wait_settings(const EnvironmentLookup& variable) {
  std::vector<EnvironmentSetting> settings = openmp_wait_settings(variable);
  std::string chosen;
  for (const EnvironmentSetting& setting : settings)
    chosen.append(chosen.empty() ? "" : " ").append(assignment(setting));
  if (!chosen.empty()) settings.push_back({kOurWaitVariable, chosen});
  return settings;
}

std::vector<EnvironmentSetting> missing_settings() {
  std::vector<EnvironmentSetting> settings = missing_wait_settings(variable_of);
  if (variable_of(kCoreVariable) == nullptr) {
    const std::string core = better_blas_core(cpu_features(), openblas_get_corename());
    if (!core.empty()) {
      settings.push_back({kCoreVariable, core});
      settings.push_back({kOurCoreVariable, core});
    }
  }
  return settings;
}

int wanted_threads() {
  const char* asked = std::getenv("OMP_NUM_THREADS");
  if (asked != nullptr && std::atoi(asked) > 0) return std::atoi(asked);
  return usable_processors();
}

std::string describe_cuda() {
  if (!torch::cuda::is_available()) return "none";
  return fmt::format("CUDA, {} device(s)", torch::cuda::device_count());
}

/// libtorch's messages go on with a backtrace and begin with the place in its sources.
std::string in_one_line(std::string text) {
  text = text.substr(0, text.find('\n'));
  constexpr std::string_view kPlace = "[enforce fail at ";
  if (text.starts_with(kPlace)) {
    const size_t condition = text.find("] "), end = text.find(". ", condition);
    if (end != std::string::npos) text.erase(0, end + 2);
  }
  return text;
}

}  // namespace

std::string message_of(const std::exception& error) {
  if (const auto* torch_error = dynamic_cast<const c10::Error*>(&error))
    return "libtorch: " + in_one_line(torch_error->what_without_backtrace());
  if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&error))
    return fmt::format("{}: {}", file->path1().string(), file->code().message());
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "out of memory";
  return error.what();
}

void choose_openmp_wait(char** argv, char** environment) {
  const auto variable = [environment](const char* name) -> const char* {
    for (char** entry = environment; *entry != nullptr; ++entry)
      if (assigns(*entry, name)) return *entry + std::strlen(name) + 1;
    return nullptr;
  };
  const std::vector<EnvironmentSetting> settings = missing_wait_settings(variable);
  if (settings.empty()) return;
  std::vector<std::string> ours;
  ours.reserve(settings.size());
  for (const EnvironmentSetting& setting : settings) ours.push_back(assignment(setting));
  std::vector<char*> all;
  for (std::string& entry : ours) all.push_back(entry.data());
  for (char** entry = environment; *entry != nullptr; ++entry)
    if (std::ranges::none_of(settings, [&](const auto& setting) { return assigns(*entry, setting.name); }))
      all.push_back(*entry);
  all.push_back(nullptr);
  execve("/proc/self/exe", argv, all.data());
  // Without a second start main tries once more.
}

void prepare_environment(char** argv) {
  const std::vector<EnvironmentSetting> settings = missing_settings();
  if (settings.empty()) return;
  for (const auto& [name, value] : settings) {
    if (setenv(name.c_str(), value.c_str(), 1) != 0) return;  // a second start would find it missing again
  }
  execv("/proc/self/exe", argv);
  // Without a second start the work goes on, only slower.
}

void choose_threads() {
  torch::set_num_threads(wanted_threads());
  openblas_set_num_threads(1);
}

std::string describe_build() {
  unsigned major = 0, minor = 0, patch = 0;
  H5get_libversion(&major, &minor, &patch);
  const char* core = std::getenv(kCoreVariable);
  const std::string origin = blas_core_origin(core, std::getenv(kOurCoreVariable));
  std::string text = tool_version() + "\n";
  text += fmt::format("libtorch     {}, {} thread(s), accelerator: {}\n", models::torch_version(),
                      torch::get_num_threads(), describe_cuda());
  text += fmt::format("OpenMP       {}\n", describe_openmp_wait(variable_of, variable_of(kOurWaitVariable)));
  text += fmt::format("BLAS         {}, kernels {}{}\n", openblas_get_config(), openblas_get_corename(),
                      origin.empty() ? "" : fmt::format(" ({}={}, {})", kCoreVariable, core, origin));
  text += fmt::format("processors   {} of {}\n", usable_processors(), std::thread::hardware_concurrency());
  text += fmt::format("FFmpeg       libavformat {}\n", AV_STRINGIFY(LIBAVFORMAT_VERSION));
  text += fmt::format("HDF5         {}.{}.{}\n", major, minor, patch);
  return text;
}

}  // namespace melomine::cli
