#include "dsp/fft.h"

#include <fmt/format.h>
#include <kiss_fftr.h>

#include <limits>
#include <unordered_map>

#include "core/error.h"

namespace melomine::dsp {

static_assert(sizeof(kiss_fft_cpx) == sizeof(std::complex<float>), "KissFFT must be built for float");

struct RealFft::Plans {
  explicit Plans(int size)
      : forward(kiss_fftr_alloc(size, 0, nullptr, nullptr)),
        inverse(kiss_fftr_alloc(size, 1, nullptr, nullptr)) {}
  ~Plans() {
    kiss_fftr_free(forward);
    kiss_fftr_free(inverse);
  }
  Plans(const Plans&) = delete;
  Plans& operator=(const Plans&) = delete;
  kiss_fftr_cfg forward, inverse;
};

RealFft::RealFft(int64_t size) : size_(size) {
  if (size < 2 || size % 2 != 0 || size > std::numeric_limits<int>::max())
    throw ConfigError(fmt::format("[fft] size must be even and >= 2, got {}", size));
  plans_ = std::make_unique<Plans>(static_cast<int>(size));
  if (plans_->forward == nullptr || plans_->inverse == nullptr) throw std::bad_alloc();
}
RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

namespace {

void require_shapes(size_t signal, size_t spectrum, int64_t size) {
  if (signal != static_cast<size_t>(size) || spectrum != static_cast<size_t>(size / 2 + 1))
    throw ShapeError(
        fmt::format("[fft] of size {} takes a signal [{}] and a spectrum [{}], got [{}] and [{}]", size, size,
                    size / 2 + 1, signal, spectrum));
}

}  // namespace

void RealFft::forward(std::span<const float> signal, std::span<std::complex<float>> spectrum) {
  require_shapes(signal.size(), spectrum.size(), size_);
  kiss_fftr(plans_->forward, signal.data(), reinterpret_cast<kiss_fft_cpx*>(spectrum.data()));
}

void RealFft::inverse(std::span<const std::complex<float>> spectrum, std::span<float> signal) {
  require_shapes(signal.size(), spectrum.size(), size_);
  kiss_fftri(plans_->inverse, reinterpret_cast<const kiss_fft_cpx*>(spectrum.data()), signal.data());
  const float scale = 1.0F / static_cast<float>(size_);
  for (float& value : signal) value *= scale;
}

RealFft& thread_fft(int64_t size) {
  thread_local std::unordered_map<int64_t, RealFft> transforms;
  return transforms.try_emplace(size, size).first->second;
}

}  // namespace melomine::dsp
