#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "configs/choice.h"
#include "dsp/f0_track.h"

namespace melomine::pitch {

/// What every tracker is asked for.
struct F0Range {
  double fmin_hz = 65.4;    ///< C2
  double fmax_hz = 1046.5;  ///< C6
  double hop_s = 0.01;
  int64_t frame_samples = 1024;  ///< at 16 kHz, scaled to other rates: integration window, rounded to hops
};

/// Finds the fundamental frequency of one voice. `track` may be called from several threads at once.
class F0Tracker {
 public:
  virtual ~F0Tracker() = default;
  /// @param samples  mono audio; the parts before and after it count as silence
  /// @returns 1 + samples / hop frames
  /// @throws ConfigError for settings that make no sense at this rate; DataError for a sample not finite
  virtual dsp::F0Track track(std::span<const float> samples, int sample_rate_hz) const = 0;
};

/// A kind of tracker with its settings.
class F0Kind : public configs::Kind {
 public:
  /// pitch/f0_catalog.cpp
  static const configs::Catalogue& catalogue();
  virtual std::unique_ptr<F0Tracker> make(const F0Range& range) const = 0;
};

/// The kind of the tracker T, which is made of its config and a range.
template <class T, class Config>
class F0KindOf : public configs::KindOf<F0KindOf<T, Config>, F0Kind, Config> {
 public:
  std::unique_ptr<F0Tracker> make(const F0Range& range) const override {
    return std::make_unique<T>(this->config, range);
  }
};

struct F0Config {
  configs::Choice<F0Kind> tracker{"pyin"};
  F0Range range;  ///< its fields stand beside the tracker's
};
void bind(configs::Binder& b, F0Config& c);

/// By the tracker that is chosen. @throws as F0Tracker::track
dsp::F0Track track_f0(std::span<const float> samples, int sample_rate_hz, const F0Config& config);

}  // namespace melomine::pitch
