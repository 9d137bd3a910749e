#pragma once

#include <complex>
#include <cstdint>
#include <memory>
#include <span>

namespace melomine::dsp {

/// Discrete Fourier transform of real signals of one size, in float, through KissFFT. A transform owns
/// scratch memory: use one per thread, or `thread_fft`.
class RealFft {
 public:
  /// @param size  even, >= 2; products of 2, 3 and 5 are fast  @throws ConfigError
  explicit RealFft(int64_t size);
  ~RealFft();
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;

  int64_t size() const { return size_; }
  /// size / 2 + 1: from 0 Hz to Nyquist.
  int64_t bins() const { return size_ / 2 + 1; }

  /// X[k] = Σ_n x[n] e^{-2πikn/size}. @throws ShapeError unless signal is [size] and spectrum [bins]
  void forward(std::span<const float> signal, std::span<std::complex<float>> spectrum);
  /// The inverse of `forward`: scaled by 1 / size.
  void inverse(std::span<const std::complex<float>> spectrum, std::span<float> signal);

 private:
  struct Plans;
  int64_t size_;
  std::unique_ptr<Plans> plans_;
};

/// The calling thread's own transform of that size, made at its first use and kept.
RealFft& thread_fft(int64_t size);

}  // namespace melomine::dsp
