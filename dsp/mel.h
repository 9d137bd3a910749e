#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dsp/feature_matrix.h"
#include "dsp/stft.h"

namespace melomine::dsp {

/// Slaney's mel scale (Auditory Toolbox, 1998): 66.7 Hz a mel up to 1 kHz, logarithmic above.
double hz_to_mel(double hz);
double mel_to_hz(double mel);

struct MelConfig {
  int64_t sample_rate_hz = 16000;
  int64_t bands = 80;
  double fmin_hz = 0;     ///< lower edge of the lowest band
  double fmax_hz = 8000;  ///< upper edge of the highest band, at most Nyquist
  StftConfig stft;
};

/// One triangle over FFT bins: weights[i] belongs to bin first_bin + i.
struct MelBand {
  int64_t first_bin = 0;
  std::vector<float> weights;
};

/// Triangles with corners equally spaced in mel, each of area 1 in Hz (Slaney's norm).
/// @throws ConfigError when the edges are out of order or above Nyquist
std::vector<MelBand> mel_bands(const MelConfig& config);

/// Mel spectrogram of magnitudes (not powers): the bands applied to |STFT|.
class MelSpectrogram {
 public:
  explicit MelSpectrogram(const MelConfig& config);
  int64_t bins() const { return static_cast<int64_t>(bands_.size()); }
  /// [bands, 1 + samples / hop]
  FeatureMatrix magnitude(std::span<const float> samples) const;

 private:
  Stft stft_;
  int64_t sample_rate_hz_;
  std::vector<MelBand> bands_;
};

}  // namespace melomine::dsp
