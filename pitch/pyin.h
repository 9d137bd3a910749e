#pragma once

#include "pitch/f0.h"

namespace melomine::pitch {

/// pYIN (Mauch and Dixon 2014): YIN under a Beta(2, 18) distribution of thresholds, each dip weighted by the
/// share of thresholds that choose it, then the most likely path through pitches of 20 cents, voiced or
/// unvoiced (Viterbi). Deviations: the distribution is integrated in closed form instead of at 100 steps, and
/// the frequency returned is that of the dip nearest to the path, not the centre of its bin.
class PyinTracker : public F0Tracker {
 public:
  PyinTracker(const configs::NoSettings&, const F0Range& range) : range_(range) {}
  dsp::F0Track track(std::span<const float> samples, int sample_rate_hz) const override;

 private:
  F0Range range_;
};

}  // namespace melomine::pitch
