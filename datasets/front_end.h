#pragma once

#include <cstdint>

#include "configs/binder.h"
#include "dsp/feature_kind.h"

namespace melomine::datasets {

/// The analysis window (Amatov et al. 2023: M_short 3 s every 0.25 s, M_long 8 s every 0.64 s).
struct WindowConfig {
  double length_s = 3;      ///< W
  double step_s = 0.25;     ///< S, between fingerprints of a sequence; training does not use it
  double context_s = 0.25;  ///< real audio analysed on both sides of a window, then cropped away
};
void bind(configs::Binder& b, WindowConfig& c);

/// How audio is cut and shown to an encoder; saved with every checkpoint, so that a model is used as trained.
struct FrontEnd {
  dsp::FeatureConfig features;
  WindowConfig window;
  double floor_db = 45;  ///< of normalise_log_magnitude
  /// Whether libtorch computes the feature, many clips at once on the encoder's device, in place of the
  /// processor's threads, one clip each.
  bool on_device = false;
  /// Whether training's waveform transforms are done there, too, in place of the processor's threads, which
  /// then draw and read only.
  bool augment_on_device = false;
};
void bind(configs::Binder& b, FrontEnd& c);

/// round(W * sample rate / hop): the frames T of one window.
int64_t window_frames(const WindowConfig& window, const dsp::FeatureConfig& features);
/// Whole frames that hold context_s: on either side of a training window, so that the cropped frames lie on
/// its own grid.
int64_t context_frames(const WindowConfig& window, const dsp::FrameGrid& grid);

}  // namespace melomine::datasets
