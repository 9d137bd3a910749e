#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>

/// The one place that knows how libtorch 1.13 and 2.x differ.
namespace melomine::models {

/// Mixed precision in bfloat16 while the guard lives, on its thread: matrix products and convolutions run in
/// bf16, reductions in float32. bf16 keeps float32's exponent, so no loss scaling is needed. The state before
/// is restored, and the cache of cast weights dropped at the end (an optimizer step must not see stale
/// casts). Keep only the encoder inside: losses run outside it, in float32.
class AutocastGuard {
 public:
  /// @param enabled  false turns autocast off while the guard lives
  AutocastGuard(torch::Device device, bool enabled);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  torch::DeviceType type_;
  bool was_enabled_;
  torch::ScalarType old_dtype_;
};

/// Seeds libtorch's own generators (dropout inside networks; melomine's randomness is core/random.h).
void seed_torch(uint64_t seed);

/// "cpu", "cuda", "cuda:1" → device. @throws ConfigError for another text or when no such device is present
torch::Device parse_device(const std::string& text);

/// "1.13.0": of the libtorch compiled against.
std::string torch_version();

/// How libtorch 1.13 (text) and 2.x (address) name a parameter in an optimizer's state.
#if TORCH_VERSION_MAJOR >= 2 && (TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 1)
inline void* optimizer_state_key(const torch::Tensor& parameter) {
  return parameter.unsafeGetTensorImpl();
}
#else
inline std::string optimizer_state_key(const torch::Tensor& parameter) {
  return c10::guts::to_string(parameter.unsafeGetTensorImpl());
}
#endif

}  // namespace melomine::models
