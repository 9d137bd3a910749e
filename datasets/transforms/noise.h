#pragma once

#include "datasets/clip_transform.h"
#include "datasets/signal_to_noise.h"

namespace melomine::datasets {

/// Coloured Gaussian noise, its spectral slope drawn between white and brown. Its numbers: the SNR, dB, and
/// the colour.
struct NoiseConfig {
  SnrRange snr{3, 30};
};
void bind(configs::Binder& b, NoiseConfig& c);

/// A slope looks the same at every rate; this only sets where it begins, at 20 Hz of 16 kHz.
inline constexpr int kNoiseSlopeRate_hz = 16000;

/// Coloured Gaussian noise at the asked SNR, from `random` alone.
/// @param colour  spectral slope: power ~ 1 / f^colour; 0 white, 1 pink, 2 brown
void add_noise(std::span<float> clip, double snr_db, double colour, RandomStream& random);

}  // namespace melomine::datasets
