#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "configs/binder.h"
#include "core/random.h"

namespace melomine::datasets {

/// The waveform augmentations of Amatov et al. 2023, section 5.1, each with its probability per clip. The
/// defaults are the paper's; `probability: 0` switches one off.
struct AugmentConfig {
  double pitch_shift_probability = 0.5;
  double pitch_shift_semitones = 4.0;  ///< uniform in [-x, x], continuous
  double time_stretch_probability = 0.8;
  double time_stretch_min_rate = 0.8;  ///< > 1 is faster
  double time_stretch_max_rate = 1.25;
  double splice_out_probability = 0.8;
  int64_t splice_out_intervals = 10;
  int64_t splice_out_samples = 500;  ///< length of one cut (their "frames", read as waveform samples)
  double mix_probability = 0.8;      ///< another clip of the batch, of another group, is added
  double mix_min_snr_db = 5, mix_max_snr_db = 10;
  double noise_probability = 0.8;
  double noise_min_snr_db = 3, noise_max_snr_db = 30;
  /// Ours: of singing, made to sound like humming. Covers share their words with the original, hums do not;
  /// an encoder that learns from mined covers would learn the words.
  double hum_probability = 0;
  double hum_min_cutoff_hz = 200, hum_max_cutoff_hz = 1500;  ///< of hum_filter, log-uniform
};
void bind(configs::Binder& b, AugmentConfig& c);

/// What was drawn for one clip: a pure value, so that it can be logged and tested.
struct ClipAugmentation {
  double rate = 1;       ///< tempo
  double semitones = 0;  ///< pitch
  std::vector<double>
      splice_positions;        ///< in [0, 1), sorted: where cuts begin, relative to the stretched clip
  int64_t splice_samples = 0;  ///< length of each cut
  bool mix = false;            ///< add another clip
  double mix_snr_db = 0;
  uint64_t mix_draw = 0;  ///< random bits from which the batch chooses the other clip
  bool noise = false;
  double noise_snr_db = 0;
  double hum_cutoff_hz = 0;  ///< 0 = not hummed
  double noise_colour = 0;   ///< spectral slope exponent: 0 white, 1 pink, 2 brown; power ~ 1 / f^colour
};

ClipAugmentation draw_augmentation(const AugmentConfig& config, RandomStream& random);

/// Samples of source audio that give `target_samples` after stretching and cutting.
int64_t source_samples(const ClipAugmentation& augmentation, int64_t target_samples);

/// Stretch, shift and splice. @param source  source_samples(…) long @returns exactly target_samples
std::vector<float> reshape_clip(std::span<const float> source, const ClipAugmentation& augmentation,
                                int64_t target_samples, int sample_rate_hz);

/// Adds `other` (repeated or cut to length) so that power(clip) / power(other) is snr_db. Silence on either
/// side leaves the clip as it is.
void mix_at_snr(std::span<float> clip, std::span<const float> other, double snr_db);

/// Coloured Gaussian noise at the asked SNR, from `random` alone.
void add_noise(std::span<float> clip, double snr_db, double colour, RandomStream& random);

}  // namespace melomine::datasets
