#include "dsp/fft.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/dsp/signals.h"

namespace melomine::dsp {
namespace {

using testing::white_noise;

TEST(RealFft, ACosineIsOneBin) {
  constexpr int64_t kSize = 60, kBin = 7;
  std::vector<float> signal(kSize);
  for (int64_t n = 0; n < kSize; ++n)
    signal[static_cast<size_t>(n)] =
        static_cast<float>(std::cos(2 * std::numbers::pi * kBin * static_cast<double>(n) / kSize));
  RealFft fft(kSize);
  std::vector<std::complex<float>> spectrum(static_cast<size_t>(fft.bins()));
  fft.forward(signal, spectrum);
  for (int64_t k = 0; k < fft.bins(); ++k) {
    EXPECT_NEAR(spectrum[static_cast<size_t>(k)].real(), k == kBin ? kSize / 2.0 : 0.0, 1e-4) << k;
    EXPECT_NEAR(spectrum[static_cast<size_t>(k)].imag(), 0, 1e-4) << k;
  }
}

TEST(PropertyRealFft, ParsevalAndInverse) {
  for (const int64_t size : {2, 30, 1000, 1024, 2 * 7 * 11}) {
    RealFft fft(size);
    const std::vector<float> signal = white_noise(static_cast<size_t>(size), 6);
    std::vector<std::complex<float>> spectrum(static_cast<size_t>(fft.bins()));
    fft.forward(signal, spectrum);
    double energy = 0, spectral = 0;
    for (const float x : signal) energy += static_cast<double>(x) * static_cast<double>(x);
    for (int64_t k = 0; k < fft.bins(); ++k)  // all but 0 Hz and Nyquist stand for two
      spectral += (k == 0 || 2 * k == size ? 1 : 2) *
                  static_cast<double>(std::norm(spectrum[static_cast<size_t>(k)]));
    EXPECT_NEAR(spectral / static_cast<double>(size), energy, 1e-5 * energy) << size;
    std::vector<float> back(signal.size());
    fft.inverse(spectrum, back);
    for (size_t n = 0; n < back.size(); ++n) EXPECT_NEAR(back[n], signal[n], 1e-6) << size;
  }
}

TEST(RealFft, RefusesOddSizesAndWrongShapes) {
  EXPECT_THROW(RealFft(15), ConfigError);
  EXPECT_THROW(RealFft(0), ConfigError);
  EXPECT_THROW(RealFft(-8), ConfigError);
  std::vector<float> signal(8);
  std::vector<std::complex<float>> spectrum(4);
  EXPECT_THROW(RealFft(8).forward(signal, spectrum), ShapeError);
  EXPECT_THROW(RealFft(8).inverse(spectrum, signal), ShapeError);
}

TEST(RealFft, AThreadKeepsItsTransforms) {
  RealFft& first = thread_fft(64);
  thread_fft(128);
  EXPECT_EQ(&first, &thread_fft(64));
  EXPECT_EQ(thread_fft(128).size(), 128);
}

}  // namespace
}  // namespace melomine::dsp
