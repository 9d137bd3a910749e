#include "datasets/coloured_noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>
#include <vector>

#include "dsp/fft.h"

namespace melomine::datasets {
namespace {

constexpr int kNoiseRate_hz = 16000;

/// Power at frequencies an octave apart against 1 / f^colour, averaged over many blocks.
TEST(ColouredNoise, PowerFallsAsAsked) {
  RandomStream random({3});
  constexpr size_t kBlock = 4096, kBlocks = 200;
  for (const double colour : {0.0, 0.5, 1.0, 1.6, 2.0}) {
    const std::vector<float> noise =
        coloured_noise(static_cast<int64_t>(kBlock * kBlocks), colour, kNoiseRate_hz, random);
    std::vector<double> power(kBlock / 2 + 1);
    std::vector<float> block(kBlock);
    std::vector<std::complex<float>> spectrum(power.size());
    for (size_t start = 0; start < noise.size(); start += kBlock) {
      // A Hann window keeps the steep low end out of the high bands.
      for (size_t i = 0; i < kBlock; ++i)
        block[i] = static_cast<float>(
            noise[start + i] *
            (0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / kBlock)));
      dsp::thread_fft(kBlock).forward(block, spectrum);
      for (size_t k = 0; k < power.size(); ++k) power[k] += std::norm(spectrum[k]);
    }
    const auto power_db = [&](double centre_hz) {
      const auto bin = static_cast<size_t>(centre_hz / kNoiseRate_hz * kBlock);
      return 10 * std::log10(std::accumulate(power.begin() + static_cast<long>(bin) - 4,
                                             power.begin() + static_cast<long>(bin) + 5, 0.0));
    };
    const double reference_db = power_db(500);
    for (const double hz : {62.5, 125.0, 250.0, 1000.0, 2000.0, 4000.0})
      EXPECT_NEAR(power_db(hz) - reference_db, -10 * colour * std::log10(hz / 500), 1.5)
          << "colour " << colour << " at " << hz << " Hz";
  }
}

TEST(ColouredNoise, WhiteIsStandardNormal) {
  RandomStream random({4});
  const std::vector<float> noise = coloured_noise(1000000, 0, kNoiseRate_hz, random);
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, beyond3 = 0, beyond1 = 0, beyond4 = 0;
  for (const double x : noise) {
    m1 += x;
    m2 += x * x;
    m3 += x * x * x;
    m4 += x * x * x * x;
    beyond1 += std::abs(x) > 1;
    beyond3 += std::abs(x) > 3;
    beyond4 += std::abs(x) > 4;
  }
  const double n = static_cast<double>(noise.size());
  // Five standard errors each.
  EXPECT_NEAR(m1 / n, 0, 0.005);
  EXPECT_NEAR(m2 / n, 1, 0.0071);
  EXPECT_NEAR(m3 / n, 0, 0.02);
  EXPECT_NEAR(m4 / n, 3, 0.05);
  EXPECT_NEAR(beyond1 / n, 0.3173105, 0.0024);
  EXPECT_NEAR(beyond3 / n, 0.0026998, 0.00026);
  EXPECT_NEAR(beyond4 / n, 6.334e-5, 4e-5);
}

}  // namespace
}  // namespace melomine::datasets
