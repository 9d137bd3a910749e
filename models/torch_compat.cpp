#include "models/torch_compat.h"

#include <ATen/autocast_mode.h>

#include "core/error.h"
#include "core/text.h"

#define MELOMINE_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace melomine::models {
namespace {

#if MELOMINE_TORCH_AT_LEAST(2, 4)

bool autocast_enabled(torch::DeviceType type) {
  return at::autocast::is_autocast_enabled(type);
}
void set_autocast(torch::DeviceType type, bool enabled) {
  at::autocast::set_autocast_enabled(type, enabled);
}
torch::ScalarType autocast_dtype(torch::DeviceType type) {
  return at::autocast::get_autocast_dtype(type);
}
void set_autocast_dtype(torch::DeviceType type, torch::ScalarType dtype) {
  at::autocast::set_autocast_dtype(type, dtype);
}

#else

bool autocast_enabled(torch::DeviceType type) {
  return type == torch::kCUDA ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
}
void set_autocast(torch::DeviceType type, bool enabled) {
  type == torch::kCUDA ? at::autocast::set_enabled(enabled) : at::autocast::set_cpu_enabled(enabled);
}
torch::ScalarType autocast_dtype(torch::DeviceType type) {
  return type == torch::kCUDA ? at::autocast::get_autocast_gpu_dtype()
                              : at::autocast::get_autocast_cpu_dtype();
}
void set_autocast_dtype(torch::DeviceType type, torch::ScalarType dtype) {
  type == torch::kCUDA ? at::autocast::set_autocast_gpu_dtype(dtype)
                       : at::autocast::set_autocast_cpu_dtype(dtype);
}

#endif

}  // namespace

AutocastGuard::AutocastGuard(torch::Device device, bool enabled)
    : type_(device.type()), was_enabled_(autocast_enabled(type_)), old_dtype_(autocast_dtype(type_)) {
  at::autocast::increment_nesting();
  set_autocast_dtype(type_, torch::kBFloat16);
  set_autocast(type_, enabled);
}

AutocastGuard::~AutocastGuard() {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  set_autocast(type_, was_enabled_);
  set_autocast_dtype(type_, old_dtype_);
}

void seed_torch(uint64_t seed) {
  torch::manual_seed(seed);
}

torch::Device parse_device(const std::string& text) {
  if (text == "cpu") return torch::kCPU;
  const auto index = text == "cuda"              ? 0
                     : text.starts_with("cuda:") ? parse<uint8_t>(text.substr(5))
                                                 : std::nullopt;
  if (!index) throw ConfigError("unknown device '" + text + "'; known: cpu, cuda, cuda:0, cuda:1, …");
  const int present = torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  if (*index >= present)
    throw ConfigError("device '" + text + "' is not here: this libtorch sees " + std::to_string(present) +
                      " CUDA devices; use device: cpu");
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(*index)};
}

std::string torch_version() {
  return TORCH_VERSION;
}

}  // namespace melomine::models
